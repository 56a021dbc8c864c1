import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { RunDigest } from './digest';
import type { DigestAnswer, DigestRequest } from './digestWorker';
import type { RunSummary } from './runIndex';

/** Runs that a worker has at hand at once. */
const atOnce = 16;
/** A worker without work ends after this long. */
const restMilliseconds = 10_000;

/** Digests of runs that have ended, read by a worker in the order they were asked for, each once. */
export class Digests {
  private readonly known = new Map<string, { readonly of: RunSummary; readonly digest?: RunDigest }>();
  private readonly asked = new Map<string, RunSummary>();
  private readonly underWay = new Map<number, RunSummary>();
  private worker: Worker | undefined;
  private rest: NodeJS.Timeout | undefined;
  private nextId = 1;

  /** @param onDigest called as each becomes known */
  constructor(
    private readonly onDigest: (directory: string) => void,
    private readonly workerFile = path.join(__dirname, 'digestWorker.js'),
  ) {}

  /** What is known of a run as it stands; asks for it where that is not known yet. */
  get(summary: RunSummary): RunDigest | undefined {
    const known = this.known.get(summary.directory);
    if (known && known.of.record === summary.record && known.of.status === summary.status)
      return known.digest;
    if (summary.record && summary.status && !this.isUnderWay(summary)) {
      this.asked.set(summary.directory, summary);
      this.work();
    }
    // What was true a moment ago is better than nothing.
    return known?.digest;
  }

  /** How many are still to come. */
  get pending(): number {
    return this.asked.size + this.underWay.size;
  }

  /** Forgets a run that is no more. */
  forget(directory: string): void {
    this.known.delete(directory);
    this.asked.delete(directory);
  }

  dispose(): void {
    clearTimeout(this.rest);
    this.asked.clear();
    void this.worker?.terminate();
    this.worker = undefined;
  }

  private isUnderWay({ record, status }: RunSummary): boolean {
    return [...this.underWay.values()].some((each) => each.record === record && each.status === status);
  }

  private work(): void {
    if (this.underWay.size > 0) return;
    clearTimeout(this.rest);
    const requests: DigestRequest[] = [];
    for (const [directory, summary] of this.asked) {
      const { record, status } = summary;
      this.asked.delete(directory);
      if (!record || !status) continue;
      const id = this.nextId++;
      this.underWay.set(id, summary);
      requests.push({ id, directory, record, status });
      if (requests.length === atOnce) break;
    }
    if (requests.length > 0) this.start().postMessage(requests);
    else this.rest = setTimeout(() => this.stop(), restMilliseconds).unref();
  }

  private start(): Worker {
    if (this.worker) return this.worker;
    const worker = new Worker(this.workerFile, { execArgv: [] });
    worker.unref();
    worker.on('message', (answers: readonly DigestAnswer[]) => this.take(answers));
    worker.on('error', () => this.lost(worker));
    worker.on('exit', () => this.lost(worker));
    return (this.worker = worker);
  }

  private take(answers: readonly DigestAnswer[]): void {
    for (const { id, digest } of answers) {
      const of = this.underWay.get(id);
      if (!of) continue;
      this.known.set(of.directory, { of, ...(digest && { digest }) });
      this.underWay.delete(id);
      this.onDigest(of.directory);
    }
    this.work();
  }

  /** What it had at hand stays unknown, lest the same run ends the next one as well. */
  private lost(worker: Worker): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    this.take([...this.underWay.keys()].map((id) => ({ id })));
  }

  private stop(): void {
    const { worker } = this;
    this.worker = undefined;
    void worker?.terminate();
  }
}
