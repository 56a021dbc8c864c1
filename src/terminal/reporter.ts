import { SingleBar } from 'cli-progress';
import { formatEvent, type RunEvent } from '../runs/event';
import type { RunHistory } from '../runs/history';
import type { RunRecord } from '../runs/record';
import { formatCount, formatMeasure, formatSeconds } from '../protocol/format';
import { formatMeasures } from './format';

/** Shows a run in the terminal while it goes on. */
export interface Reporter {
  events(batch: readonly RunEvent[], history: RunHistory, record: RunRecord): void;
  say(text: string): void;
  end(record: RunRecord | undefined, status: string, text: string): Promise<void>;
}

/** A bar on a terminal, lines into a pipe, the run's own events as JSON lines when asked for. */
export function makeReporter(json: boolean, directory: string): Reporter {
  if (json) return new JsonReporter(directory);
  return process.stdout.isTTY ? new BarReporter() : new LineReporter();
}

class JsonReporter implements Reporter {
  constructor(private readonly directory: string) {}

  events(batch: readonly RunEvent[]): void {
    for (const event of batch) process.stdout.write(formatEvent(event));
  }

  say(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  end(record: RunRecord | undefined, status: string): Promise<void> {
    const result = { type: 'result', id: record?.id, status, directory: this.directory, ...record?.result };
    const last = record?.attempts.at(-1);
    return write(
      `${JSON.stringify({ ...result, backend: last?.backend, ...(last?.error && { error: last.error }) })}\n`,
    );
  }
}

/** What both human reporters say in lines: the start, evaluations, checkpoints, warnings. */
abstract class HumanReporter implements Reporter {
  private introduced = false;

  abstract progress(history: RunHistory, record: RunRecord): void;
  abstract say(text: string): void;
  protected abstract finish(): void;

  events(batch: readonly RunEvent[], history: RunHistory, record: RunRecord): void {
    for (const event of batch) {
      if (event.type === 'start') this.introduce(record, event.fromStep);
      else if (event.type === 'warning') this.say(`Warning: ${event.message}`);
      else if (event.type === 'eval')
        this.say(
          `epoch ${event.epoch + 1}  step ${formatCount(event.step)}  test ${formatMeasures(event.metrics)}` +
            `  (${formatSeconds(event.ms / 1000)})`,
        );
    }
    this.progress(history, record);
  }

  private introduce(record: RunRecord, fromStep: number): void {
    if (this.introduced) return;
    this.introduced = true;
    const attempt = record.attempts.at(-1);
    const [detail, ...passedOver] = attempt?.backendNotes ?? [];
    this.say(
      `${record.name} · run ${record.id}${fromStep > 1 ? ` · attempt ${attempt?.number}, from step ${fromStep}` : ''}`,
    );
    this.say(`Backend: ${attempt?.backend} (${detail})`);
    for (const note of passedOver) this.say(`  ${note}`);
    const { plan } = record;
    if (plan?.data) this.say(`Data: ${plan.data}`);
    if (plan?.parameters !== undefined)
      this.say(
        `Model: ${formatCount(plan.parameters)} parameters; ${plan.epochs} epoch${plan.epochs === 1 ? '' : 's'}, batch ${plan.batchSize}` +
          (plan.totalSteps === undefined ? '' : `, ${formatCount(plan.totalSteps)} steps`),
      );
    const params = Object.entries(record.params).map(([name, value]) => `${name}=${value}`);
    this.say(`Seed: ${record.seed ?? 0}${params.length ? `; ${params.join(', ')}` : ''}`);
  }

  end(_record: RunRecord | undefined, _status: string, text: string): Promise<void> {
    this.finish();
    return write(`\n${text}\n`);
  }
}

class BarReporter extends HumanReporter {
  private readonly bar = new SingleBar({
    format:
      '{bar} {percentage}% | step {value}/{total} | loss {loss} | {speed} ms/step | {eta_formatted} left',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
  });
  private started = false;

  progress(history: RunHistory, record: RunRecord): void {
    const total = record.plan?.totalSteps;
    if (total === undefined || history.step === 0) return;
    const payload = {
      loss: formatMeasure(history.latest['train/loss'] ?? NaN),
      speed: history.stepMilliseconds?.toFixed(1) ?? '?',
    };
    if (!this.started) this.bar.start(total, history.step, payload);
    this.started = true;
    this.bar.update(history.step, payload);
  }

  say(text: string): void {
    if (this.started) this.bar.stop();
    process.stdout.write(`${text}\n`);
    this.started = false;
  }

  protected finish(): void {
    if (this.started) this.bar.stop();
  }
}

const lineMilliseconds = 5000;

class LineReporter extends HumanReporter {
  private last = Date.now();

  progress(history: RunHistory, record: RunRecord): void {
    if (Date.now() - this.last < lineMilliseconds || history.step === 0) return;
    this.last = Date.now();
    const total = record.plan?.totalSteps;
    this.say(
      `step ${formatCount(history.step)}${total === undefined ? '' : `/${formatCount(total)}`}` +
        `  loss ${formatMeasure(history.latest['train/loss'] ?? NaN)}` +
        (history.stepMilliseconds === undefined ? '' : `  ${history.stepMilliseconds.toFixed(1)} ms/step`),
    );
  }

  say(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  protected finish(): void {
    // Lines need no tidying up.
  }
}

function write(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}
