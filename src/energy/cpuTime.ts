import fs from 'node:fs/promises';
import os from 'node:os';

/** Seconds of processor time, from some beginning on. */
export interface CpuTime {
  /** Of this process, all its threads together. */
  readonly own: number;
  /** Of all processes of the machine; undefined where the system does not tell. */
  readonly machine: number | undefined;
}

export async function readCpuTime(): Promise<CpuTime> {
  const { user, system } = process.cpuUsage();
  return { own: (user + system) / 1e6, machine: await machineSeconds() };
}

/**
 * The share of a machine's busy time that was this process's: what it has to answer for of what the whole machine
 * drew. 1 where nobody else was busy, or the system does not tell.
 */
export function shareOf(before: CpuTime, after: CpuTime): number {
  const own = after.own - before.own;
  if (after.machine === undefined || before.machine === undefined) return 1;
  const machine = after.machine - before.machine;
  return machine > own ? Math.max(0, own) / machine : 1;
}

async function machineSeconds(): Promise<number | undefined> {
  if (process.platform === 'linux') {
    const text = await fs.readFile('/proc/stat', 'utf8').catch(() => '');
    return parseBusySeconds(text);
  }
  const times = os.cpus().map((cpu) => cpu.times);
  if (times.length === 0) return undefined;
  return times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0) / 1000;
}

/** Linux counts in hundredths of a second, whatever the kernel's own clock does (USER_HZ). */
const ticksPerSecond = 100;

/** @param stat the text of /proc/stat */
export function parseBusySeconds(stat: string): number | undefined {
  const [name, ...ticks] = stat.split('\n', 1)[0]?.split(/\s+/) ?? [];
  if (name !== 'cpu') return undefined;
  const [user, nice, system, , , irq, softirq] = ticks.map(Number);
  const busy = [user, nice, system, irq, softirq].reduce<number>((sum, each) => sum + (each ?? NaN), 0);
  return Number.isFinite(busy) ? busy / ticksPerSecond : undefined;
}
