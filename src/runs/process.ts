import fs from 'node:fs';
import os from 'node:os';

/** Enough to tell, later and from elsewhere, whether a process still lives. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Kernel boot and start time, where the system has them: a later process may get the same pid. */
  readonly processStart?: string | undefined;
  readonly host: string;
  /** ISO 8601. */
  readonly startedAt?: string;
}

/** This process, as {@link isAlive} will want to know it. */
export function currentProcess(): { pid: number; processStart?: string; host: string } {
  const start = readStat(process.pid)?.start;
  return { pid: process.pid, ...(start !== undefined && { processStart: start }), host: os.hostname() };
}

/** Whether the process lives; undefined where it is of another machine and cannot be asked. */
export function isAlive(identity: ProcessIdentity): boolean | undefined {
  if (identity.host !== os.hostname()) return undefined;
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    // Somebody else's process lives too.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const stat = readStat(identity.pid);
  if (stat?.ended) return false;
  if (stat && identity.processStart !== undefined) return stat.start === identity.processStart;
  const bootedAt = Date.now() - os.uptime() * 1000;
  return identity.startedAt === undefined || Date.parse(identity.startedAt) >= bootedAt;
}

/** From Linux's /proc (proc_pid_stat(5): state is field 3, start time in ticks since boot field 22). */
function readStat(pid: number): { ended: boolean; start: string } | undefined {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses, and may itself hold spaces and parentheses.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return { ended: fields[0] === 'Z' || fields[0] === 'X', start: `${boot}:${fields[19]}` };
  } catch {
    return undefined;
  }
}
