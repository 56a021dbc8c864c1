import { totalEnergy, type EnergyPart } from './energy';
import type { EventOf, RunEvent } from './event';
import { isGpu, type BackendName, type RunRecord, type RunStatus } from './record';

/** What one process of a run has used, whatever became of it. */
export interface AttemptUsage {
  readonly number: number;
  readonly outcome: RunStatus;
  readonly backend: BackendName | undefined;
  /** From its start to its end, or to its last sign of life: measured. */
  readonly seconds: number;
  /** Steps done, those that an earlier attempt had done too included. */
  readonly steps: number;
  /** Counted, likewise; undefined where nothing was counted. */
  readonly trainingFlops: number | undefined;
  readonly evaluationFlops: number | undefined;
  readonly energy: readonly EnergyPart[];
  /** Of {@link seconds}, those that no figure of energy tells of. */
  readonly unmeteredSeconds: number;
}

/** What a run's events say of each of its attempts. Bounded in memory: feed it event by event. */
export class UsageReader {
  private readonly attempts = new Map<number, Told>();
  /** Of the process that trains, as it last told; undefined before, and for runs of versions that did not tell. */
  memoryBytes: number | undefined;

  add(event: RunEvent): void {
    const told = this.toldOf(event.attempt);
    told.last = event.t;
    switch (event.type) {
      case 'start':
        told.base = event.fromStep === 1 ? 0 : event.flops;
        break;
      case 'step':
        told.steps++;
        told.flops = event.flops;
        break;
      case 'eval':
        if (event.flops !== undefined) told.evaluationFlops = (told.evaluationFlops ?? 0) + event.flops;
        break;
      case 'energy':
        told.energy = event.parts;
        this.memoryBytes = event.memoryBytes;
        break;
      case 'end':
        told.outcome = event.outcome;
        break;
      default:
    }
  }

  /**
   * @param status of the run now
   * @param now milliseconds since the Unix epoch, for an attempt that goes on
   */
  usage(record: RunRecord, status: RunStatus, now: number): AttemptUsage[] {
    return record.attempts.map((attempt, i) => {
      const told = this.attempts.get(attempt.number);
      const isLast = i === record.attempts.length - 1;
      const live = isLast && (status === 'running' || status === 'starting');
      const outcome =
        told?.outcome ?? attempt.outcome ?? (isLast && status !== 'queued' ? status : 'crashed');
      const started = Date.parse(attempt.startedAt);
      const ended = attempt.endedAt ? Date.parse(attempt.endedAt) : live ? now : (told?.last ?? started);
      const seconds = Math.max(0, ended - started) / 1000;
      const energy = attempt.energy ?? told?.energy ?? [];
      return {
        number: attempt.number,
        outcome,
        backend: attempt.backend,
        seconds,
        steps: told?.steps ?? 0,
        trainingFlops: trainingFlops(told),
        evaluationFlops: told?.evaluationFlops,
        energy,
        unmeteredSeconds: Math.max(0, seconds - meteredSeconds(energy)),
      };
    });
  }

  private toldOf(attempt: number): Told {
    const told = this.attempts.get(attempt) ?? { last: 0, steps: 0, energy: undefined };
    this.attempts.set(attempt, told);
    return told;
  }
}

interface Told {
  last: number;
  steps: number;
  /** Count that the attempt began with, and the last it told. */
  base?: number | undefined;
  flops?: number | undefined;
  evaluationFlops?: number;
  energy: EventOf<'energy'>['parts'] | undefined;
  outcome?: EventOf<'end'>['outcome'];
}

function trainingFlops(told: Told | undefined): number | undefined {
  return told?.flops === undefined || told.base === undefined ? undefined : told.flops - told.base;
}

/** Seconds for which the processor's energy is known; it is known of every attempt that knows any. */
function meteredSeconds(energy: readonly EnergyPart[]): number {
  const cpu = energy.filter(({ component }) => component === 'cpu');
  return cpu.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** What attempts have used together. */
export interface TotalUsage {
  /** Training and evaluation, counted. */
  readonly flops: number;
  readonly seconds: number;
  readonly gpuSeconds: number;
  readonly joules: number;
}

export function totalUsage(attempts: readonly AttemptUsage[]): TotalUsage {
  const sum = (of: (attempt: AttemptUsage) => number) =>
    attempts.reduce((total, attempt) => total + of(attempt), 0);
  return {
    flops: sum(({ trainingFlops = 0, evaluationFlops = 0 }) => trainingFlops + evaluationFlops),
    seconds: sum(({ seconds }) => seconds),
    gpuSeconds: sum(({ backend, seconds }) => (isGpu(backend) ? seconds : 0)),
    joules: sum(({ energy }) => totalEnergy(energy).joules),
  };
}
