import fs from 'node:fs/promises';
import path from 'node:path';
import { EnergyCounter } from './counter';

/** Where Linux tells of the energy counters (RAPL) of Intel's and AMD's processors. */
export const powercapFolder = '/sys/class/powercap';

/** A zone that counts: a socket, or the memory of one. */
export interface PowercapZone {
  readonly component: 'cpu' | 'memory';
  /** As the kernel names it: `package-0`, `dram`. */
  readonly name: string;
  readonly folder: string;
  /** Microjoules at which its counter goes round. */
  readonly range: number;
}

export interface Powercap {
  readonly zones: readonly PowercapZone[];
  /** Why there is nothing to read, or less than there could be; with what to do. */
  readonly problems: readonly string[];
}

/**
 * The zones of a machine: every socket once, and the memory beside it. Left out are zones within a socket (cores,
 * graphics), which it has in it, `psys`, which has sockets in it, and the second way to the same counters
 * (`intel-rapl-mmio`).
 */
export async function findPowercap(root = powercapFolder): Promise<Powercap> {
  const names = await fs.readdir(root).catch(() => undefined);
  if (!names)
    return { zones: [], problems: [`There is no ${root}: the kernel tells of no energy counters here.`] };
  const zones: PowercapZone[] = [];
  const problems: string[] = [];
  const incomplete = new Set<string>();
  const seen = new Set<string>();
  for (const entry of names.filter((each) => /^intel-rapl(:\d+)+$/.test(each)).sort(byNumber)) {
    const folder = path.join(root, entry);
    const name = (await readText(path.join(folder, 'name')))?.trim() ?? '';
    const isPackage = name.startsWith('package-');
    if (!isPackage && name !== 'dram') continue;
    const key = isPackage ? name : `${entry.split(':').slice(0, 2).join(':')} ${name}`;
    if (seen.has(key)) continue;
    const range = Number(await readText(path.join(folder, 'max_energy_range_uj')));
    const value = await readMicrojoules(folder);
    if (value instanceof Error || !(range > 0)) {
      problems.push(unreadable(name, path.join(folder, 'energy_uj'), value));
      incomplete.add(isPackage ? 'cpu' : 'memory');
      continue;
    }
    seen.add(key);
    zones.push({ component: isPackage ? 'cpu' : 'memory', name, folder, range });
  }
  if (zones.length === 0 && problems.length === 0)
    problems.push(`${root} has no zone of a processor: a virtual machine, or a processor without counters.`);
  // A machine of two sockets of which one can be read is not half measured: it would look like a whole.
  return { zones: zones.filter(({ component }) => !incomplete.has(component)), problems };
}

function unreadable(name: string, file: string, value: number | Error): string {
  const { code } = value as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM')
    return (
      `${name}: only root may read ${file}. Until the next start of the machine this lets everybody: ` +
      `sudo chmod a+r ${path.dirname(path.dirname(file))}/intel-rapl:*/energy_uj ` +
      `${path.dirname(path.dirname(file))}/intel-rapl:*:*/energy_uj`
    );
  return `${name}: ${file} cannot be read${value instanceof Error ? ` (${value.message})` : ''}.`;
}

/** Counters of all zones of a machine, each read on its own. */
export class PowercapReader {
  private readonly counters: readonly { zone: PowercapZone; counter: EnergyCounter }[];
  private lastAt = -Infinity;

  constructor(zones: readonly PowercapZone[]) {
    this.counters = zones.map((zone) => ({ zone, counter: new EnergyCounter(zone.range) }));
  }

  has(component: PowercapZone['component']): boolean {
    return this.counters.some(({ zone }) => zone.component === component);
  }

  /**
   * Joules of a component since the reading before, over all its zones; undefined where any of them is not known. Of
   * a counter that could not be read the last time, the part that falls into the time since then.
   *
   * @param at seconds of a clock that never goes back
   */
  async read(at: number): Promise<{ cpu?: number; memory?: number }> {
    const sums: { cpu?: number; memory?: number } = {};
    const unknown = new Set<string>();
    const seconds = at - this.lastAt;
    this.lastAt = at;
    for (const { zone, counter } of this.counters) {
      const value = await readMicrojoules(zone.folder);
      const used = counter.read(value instanceof Error ? undefined : value, at);
      if (used)
        sums[zone.component] =
          (sums[zone.component] ?? 0) + used.joules * Math.min(1, seconds / used.seconds);
      else unknown.add(zone.component);
    }
    if (unknown.has('cpu')) delete sums.cpu;
    if (unknown.has('memory')) delete sums.memory;
    return sums;
  }
}

async function readMicrojoules(folder: string): Promise<number | Error> {
  try {
    const text = (await fs.readFile(path.join(folder, 'energy_uj'), 'utf8')).trim();
    return /^\d+$/.test(text) ? Number(text) : new Error(`"${text.slice(0, 20)}" is no number`);
  } catch (error) {
    return error as Error;
  }
}

function readText(file: string): Promise<string | undefined> {
  return fs.readFile(file, 'utf8').catch(() => undefined);
}

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
