import os from 'node:os';
import type { EnergyPart } from '../runs/energy';

/** What is known of a machine's power, where nothing measures it. */
export interface PowerKnowledge {
  /** Watts of the processor at full load, as its maker or the user says. */
  readonly cpuWatts?: number | undefined;
  /** Watts of each GPU at full load. */
  readonly gpuWatts?: number | undefined;
}

/** For a processor of which nothing is known. Makers' figures of 2,700 processors lie between 1.3 and 27 (5 to 95 %). */
const unknownThread = { watts: 4, low: 1.3, high: 14 };
/** Published estimators that go by load are off by up to this share. */
const estimatorError = 0.4;
/** A gigabyte of memory. */
const memory = { watts: 0.3725, low: 0.2, high: 0.75 };

/**
 * The processor's part: the watts of a thread at full load, for the time that threads were busy.
 *
 * @param busySeconds processor time of this process, all its threads together
 */
export function estimateCpu(
  busySeconds: number,
  seconds: number,
  { cpuWatts }: PowerKnowledge,
  threads = os.cpus().length,
): EnergyPart {
  const common = { component: 'cpu', provenance: 'estimated', seconds } as const;
  if (cpuWatts !== undefined) {
    const joules = (busySeconds * cpuWatts) / threads;
    const source = `${cpuWatts} W for the processor at full load, by the time that threads were busy`;
    return { ...common, source, joules, ...around(joules) };
  }
  return {
    ...common,
    source: `${unknownThread.watts} W for each busy thread of an unknown processor`,
    joules: busySeconds * unknownThread.watts,
    low: busySeconds * unknownThread.low,
    high: busySeconds * unknownThread.high,
  };
}

/** @param bytes of memory that this process has in use */
export function estimateMemory(bytes: number, seconds: number): EnergyPart {
  const gigabytes = bytes / 1e9;
  return {
    component: 'memory',
    provenance: 'estimated',
    source: `${memory.watts} W for each gigabyte in use`,
    joules: gigabytes * memory.watts * seconds,
    low: gigabytes * memory.low * seconds,
    high: gigabytes * memory.high * seconds,
    seconds,
  };
}

/** A GPU that does not say what it draws: somewhere between a tenth and all of its limit. */
export function estimateGpu(
  limitWatts: number | undefined,
  seconds: number,
  known: PowerKnowledge,
): EnergyPart {
  const watts = known.gpuWatts ?? limitWatts ?? 250;
  const joules = 0.6 * watts * seconds;
  return {
    component: 'gpu',
    provenance: 'estimated',
    source: `between a tenth and all of ${watts} W`,
    joules,
    low: 0.1 * watts * seconds,
    high: watts * seconds,
    seconds,
  };
}

function around(joules: number): { low: number; high: number } {
  return { low: (1 - estimatorError) * joules, high: (1 + estimatorError) * joules };
}
