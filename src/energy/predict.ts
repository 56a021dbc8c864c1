import { estimateCpu, estimateGpu, estimateMemory, type PowerKnowledge } from './estimate';

/** What computes for some time. */
export interface PredictedUse {
  /** Threads that are busy; undefined: a GPU computes, and one thread feeds it. */
  readonly threads?: number | undefined;
  readonly memoryBytes: number;
}

/** Joules: nine times of ten between the ends. */
export interface PredictedJoules {
  readonly p5: number;
  readonly p50: number;
  readonly p95: number;
}

/** A process that trains holds so much beside its tensors. */
const processBytes = 150e6;

/**
 * What a run will use, from the time that it will take: as runs without meters estimate it. Ends of time and of power
 * are taken to be reached together.
 */
export function predictEnergy(
  seconds: PredictedJoules,
  use: PredictedUse,
  known: PowerKnowledge,
): PredictedJoules {
  const sum = (time: number, of: 'low' | 'joules' | 'high') =>
    parts(time, use, known).reduce((all, part) => all + part[of], 0);
  return { p5: sum(seconds.p5, 'low'), p50: sum(seconds.p50, 'joules'), p95: sum(seconds.p95, 'high') };
}

/** What the watts of {@link predictEnergy} stand on, one text a component. */
export function predictedPowerSources(use: PredictedUse, known: PowerKnowledge): string[] {
  return parts(0, use, known).map(({ component, source }) => `${component}: ${source}`);
}

function parts(time: number, { threads, memoryBytes }: PredictedUse, known: PowerKnowledge) {
  return [
    estimateCpu(time * (threads ?? 1), time, known),
    estimateMemory(memoryBytes + processBytes, time),
    ...(threads === undefined ? [estimateGpu(undefined, time, known)] : []),
  ];
}
