import type { RunCurves, ToRunPanel, XAxis } from '../protocol/runPanel';
import type { RunMonitor } from './runMonitor';
import { isLive } from '../runs/standing';
import { RunReader } from './runReader';
import { runView } from './runView';

/** 15 Hz: smooth to the eye, and well below what a webview can take in. */
const batchMilliseconds = 66;

/** The clock of a live run goes on where nothing else does. */
const clockMilliseconds = 1000;

/**
 * Feeds one webview with one run and those it is compared with: everything when the webview says it is ready, then
 * what is new, in batches, the next one only after the last was acknowledged. Paused, it reads and sends nothing.
 */
export class RunFeed {
  private readonly own: RunReader;
  private others: readonly RunReader[] = [];
  private subscriptions: readonly { dispose(): void }[] = [];
  private awake = false;
  private nextId = 1;
  private awaited: number | undefined;
  private dirty = false;
  private goneSaid: string | undefined;
  private sent = { revisions: '', time: 0 };

  /**
   * @param post hands a message to the webview, which may drop it
   * @param lastAxis that was chosen in any panel
   */
  constructor(
    private readonly monitor: RunMonitor,
    private readonly post: (message: ToRunPanel) => void,
    private readonly now: () => number = Date.now,
    private readonly lastAxis: () => XAxis | undefined = () => undefined,
  ) {
    this.own = new RunReader(monitor);
  }

  /** Shows the curves of these runs, too, in this order. */
  compareWith(monitors: readonly RunMonitor[]): void {
    this.others = monitors.map(
      (monitor) => this.others.find((reader) => reader.monitor === monitor) ?? new RunReader(monitor),
    );
    if (!this.awake) return;
    this.subscribe();
    this.dirty = true;
    if (this.awaited === undefined) this.send();
  }

  /** A fresh webview knows nothing yet: starts over. */
  ready(): void {
    this.pause();
    this.awake = true;
    this.subscribe();
  }

  /** The webview has drawn a message. */
  acknowledge(id: number): void {
    if (id !== this.awaited) return;
    this.awaited = undefined;
    if (this.dirty) this.send();
  }

  /** Nobody looks. */
  pause(): void {
    this.awake = false;
    this.unsubscribe();
    this.awaited = undefined;
    for (const reader of this.readers()) reader.forget();
    this.goneSaid = undefined;
    this.dirty = false;
    this.sent = { revisions: '', time: 0 };
  }

  dispose(): void {
    this.pause();
  }

  private readers(): readonly RunReader[] {
    return [this.own, ...this.others];
  }

  private subscribe(): void {
    const before = this.subscriptions;
    this.subscriptions = this.readers().map(({ monitor }) =>
      monitor.subscribe(batchMilliseconds, () => this.changed()),
    );
    // After the new ones, so that no monitor is without a subscriber in between.
    for (const subscription of before) subscription.dispose();
  }

  private unsubscribe(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.subscriptions = [];
  }

  private changed(): void {
    const quiet = this.revisions() === this.sent.revisions;
    const clock = isLive(this.monitor.status) && this.now() - this.sent.time >= clockMilliseconds;
    if (quiet && !clock) return;
    this.dirty = true;
    if (this.awaited === undefined) this.send();
  }

  private revisions(): string {
    return this.readers()
      .map(({ monitor }) => `${monitor.directory} ${monitor.revision}`)
      .join();
  }

  private send(): void {
    if (!this.awake) return;
    this.dirty = false;
    this.sent = { revisions: this.revisions(), time: this.now() };
    const message = this.message();
    if (!message) return;
    this.awaited = message.id;
    this.post(message);
  }

  private message(): ToRunPanel | undefined {
    const { problem } = this.monitor;
    if (problem !== undefined) return this.gone(problem);
    this.goneSaid = undefined;
    const now = this.now();
    const observation = this.monitor.observe();
    const own = this.own.read(now);
    if (!observation || !own) return undefined;
    const others = this.others.flatMap((reader): RunCurves[] => {
      const curves = reader.read(now);
      return curves ? [curves] : [];
    });
    const lastAxis = this.lastAxis();
    return {
      type: 'update',
      id: this.nextId++,
      run: runView(observation, now),
      curves: [own, ...others],
      ...(lastAxis && { lastAxis }),
    };
  }

  private gone(message: string): ToRunPanel | undefined {
    if (this.goneSaid === message) return undefined;
    this.goneSaid = message;
    for (const reader of this.readers()) reader.forget();
    return { type: 'gone', id: this.nextId++, message };
  }
}
