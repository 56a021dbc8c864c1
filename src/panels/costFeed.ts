import type { CostView, ToCostPanel } from '../protocol/costPanel';

/** Feeds one webview with views, the next only after the last was acknowledged; of those that come meanwhile, the newest. */
export class CostFeed {
  private isRunning = false;
  private nextId = 1;
  private awaited: number | undefined;
  private waiting: CostView | undefined;
  /** What was sent last: the same is not sent again. */
  private told = '';

  /** @param post hands a message to the webview, which may drop it */
  constructor(private readonly post: (message: ToCostPanel) => void) {}

  /** Whether somebody looks. */
  get running(): boolean {
    return this.isRunning;
  }

  /** A fresh webview knows nothing yet. */
  ready(): void {
    this.pause();
    this.isRunning = true;
  }

  /** Nobody looks. */
  pause(): void {
    this.isRunning = false;
    this.awaited = undefined;
    this.waiting = undefined;
    this.told = '';
  }

  send(view: CostView): void {
    if (!this.isRunning) return;
    if (this.awaited !== undefined) {
      this.waiting = view;
      return;
    }
    const text = JSON.stringify(view);
    if (text === this.told) return;
    this.told = text;
    this.awaited = this.nextId++;
    this.post({ type: 'view', id: this.awaited, view });
  }

  /** The webview has drawn a view. */
  acknowledge(id: number): void {
    if (id !== this.awaited) return;
    const { waiting } = this;
    this.awaited = undefined;
    this.waiting = undefined;
    if (waiting) this.send(waiting);
  }
}
