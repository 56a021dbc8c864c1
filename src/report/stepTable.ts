import { createReadStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseEvent, type EventOf, type RunEvent } from '../runs/event';
import { foldEvents } from '../runs/foldEvents';
import { runFiles, type RunRecord, type RunStatus } from '../runs/record';
import { UsageReader } from '../runs/usage';
import { workedSeconds } from '../runs/workedSeconds';

/** Columns of every table, with their units; those of measures follow, by the keys of their curves. */
export const stepColumns = [
  'run',
  'attempt',
  'step',
  'epoch',
  'time',
  'seconds',
  'step_ms',
  'flops_counted',
] as const;

/** A row of a table of steps: a cell is a number, a text, or absent. */
export type StepRow = Record<string, number | string>;

/** Every step of a run that counts: those that a later attempt did again are left out. */
export class StepTable {
  private constructor(
    private readonly directory: string,
    private readonly record: RunRecord,
    /** Keys of curves: `train/loss`, `test/acc`. */
    readonly measures: readonly string[],
    private readonly seconds: (t: number) => number,
  ) {}

  /** @param now milliseconds since the Unix epoch, for an attempt that goes on */
  static async open(
    directory: string,
    record: RunRecord,
    status: RunStatus,
    now: number,
  ): Promise<StepTable> {
    const { usage, keys } = await foldEvents(directory, () => new Survey());
    const seconds = workedSeconds(record, usage.usage(record, status, now));
    return new StepTable(directory, record, [...keys], seconds);
  }

  /** One row a step, with the evaluation after it where there was one. Reads the events as the rows are taken. */
  async *rows(): AsyncGenerator<StepRow> {
    const input = createReadStream(path.join(this.directory, runFiles.events));
    const lastStep = lastSteps(this.record);
    let row: StepRow | undefined;
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      const event = parseEvent(line);
      if (event?.type !== 'step' && event?.type !== 'eval') continue;
      if (event.step > (lastStep.get(event.attempt) ?? Infinity)) continue;
      if (row && (event.type === 'step' || row.step !== event.step)) {
        yield row;
        row = undefined;
      }
      row = { ...(row ?? this.begin(event)), ...measuresOf(event) };
      if (event.type === 'step') {
        row.step_ms = event.ms;
        if (event.flops !== undefined) row.flops_counted = event.flops;
      }
    }
    if (row) yield row;
  }

  private begin({ attempt, step, epoch, t }: EventOf<'step' | 'eval'>): StepRow {
    const seconds = Math.round(this.seconds(t) * 1000) / 1000;
    return { run: this.record.id, attempt, step, epoch: epoch + 1, time: new Date(t).toISOString(), seconds };
  }
}

class Survey {
  readonly usage = new UsageReader();
  readonly keys = new Set<string>();

  add(event: RunEvent): void {
    this.usage.add(event);
    if (event.type === 'step' || event.type === 'eval')
      for (const key of Object.keys(measuresOf(event))) this.keys.add(key);
  }
}

function measuresOf(event: EventOf<'step' | 'eval'>): Record<string, number> {
  const [split, measures] =
    event.type === 'step'
      ? (['train', { loss: event.loss, ...event.metrics }] as const)
      : (['test', event.metrics] as const);
  return Object.fromEntries(Object.entries(measures).map(([name, value]) => [`${split}/${name}`, value]));
}

/** Of each attempt the last step that no later one did again. */
function lastSteps({ attempts }: RunRecord): Map<number, number> {
  let last = Infinity;
  const byAttempt = new Map<number, number>();
  for (const { number, fromStep } of attempts.toReversed()) {
    byAttempt.set(number, last);
    if (fromStep !== undefined) last = Math.min(last, fromStep - 1);
  }
  return byAttempt;
}
