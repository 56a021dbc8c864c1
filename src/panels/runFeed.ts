import type { SeriesPoints, ToRunPanel } from '../protocol/runPanel';
import type { RunMonitor } from './runMonitor';
import { isLive } from '../runs/standing';
import { runView } from './runView';

/** 15 Hz: smooth to the eye, and well below what a webview can take in. */
const batchMilliseconds = 66;

/** The clock of a live run goes on where nothing else does. */
const clockMilliseconds = 1000;

/**
 * Feeds one webview with one run: everything when the webview says it is ready, then what is new, in batches, the
 * next one only after the last was acknowledged. Paused, it reads and sends nothing.
 */
export class RunFeed {
  private subscription: { dispose(): void } | undefined;
  private nextId = 1;
  private awaited: number | undefined;
  private dirty = false;
  private hydrated: { generation: number } | undefined;
  private goneSaid: string | undefined;
  private sent = { revision: -1, time: 0 };

  /** @param post hands a message to the webview, which may drop it */
  constructor(
    private readonly monitor: RunMonitor,
    private readonly post: (message: ToRunPanel) => void,
    private readonly now: () => number = Date.now,
  ) {}

  /** A fresh webview knows nothing yet: starts over. */
  ready(): void {
    this.pause();
    this.subscription = this.monitor.subscribe(batchMilliseconds, () => this.changed());
  }

  /** The webview has drawn a message. */
  acknowledge(id: number): void {
    if (id !== this.awaited) return;
    this.awaited = undefined;
    if (this.dirty) this.send();
  }

  /** Nobody looks. */
  pause(): void {
    this.subscription?.dispose();
    this.subscription = undefined;
    this.awaited = undefined;
    this.hydrated = undefined;
    this.goneSaid = undefined;
    this.dirty = false;
    this.sent = { revision: -1, time: 0 };
  }

  dispose(): void {
    this.pause();
  }

  private changed(): void {
    const quiet = this.monitor.revision === this.sent.revision;
    const clock = isLive(this.monitor.status) && this.now() - this.sent.time >= clockMilliseconds;
    if (quiet && !clock) return;
    this.dirty = true;
    if (this.awaited === undefined) this.send();
  }

  private send(): void {
    if (!this.subscription) return;
    this.dirty = false;
    this.sent = { revision: this.monitor.revision, time: this.now() };
    const message = this.message();
    if (!message) return;
    this.awaited = message.id;
    this.post(message);
  }

  private message(): ToRunPanel | undefined {
    const { problem } = this.monitor;
    if (problem !== undefined) return this.gone(problem);
    this.goneSaid = undefined;
    const observation = this.monitor.observe();
    if (!observation) return undefined;
    const run = runView(observation, this.now());
    const { generation } = this.monitor;
    if (this.hydrated?.generation !== generation) {
      this.hydrated = { generation };
      return { type: 'hydrate', id: this.nextId++, run, series: this.allPoints() };
    }
    return { type: 'update', id: this.nextId++, run, ...this.newPoints() };
  }

  private gone(message: string): ToRunPanel | undefined {
    if (this.goneSaid === message) return undefined;
    this.goneSaid = message;
    this.hydrated = undefined;
    return { type: 'gone', id: this.nextId++, message };
  }

  private allPoints(): SeriesPoints[] {
    const all: SeriesPoints[] = [];
    for (const [key, series] of this.monitor.history.series) {
      series.takeUpdate();
      const { x, y } = series.points();
      all.push({ key, x: copied(x), y: copied(y) });
    }
    return all;
  }

  private newPoints(): { append: SeriesPoints[]; replace: SeriesPoints[] } {
    const append: SeriesPoints[] = [];
    const replace: SeriesPoints[] = [];
    for (const [key, series] of this.monitor.history.series) {
      const update = series.takeUpdate();
      if (!update) continue;
      (update.kind === 'append' ? append : replace).push({ key, x: copied(update.x), y: copied(update.y) });
    }
    return { append, replace };
  }
}

/** A view into a larger buffer would be sent with all of that buffer. */
function copied(values: Float64Array): Float64Array<ArrayBuffer> {
  return values.slice();
}
