/** Clears, at the end of a trace, every timer that it left running. */
export class TracedTimers {
  private readonly running = new Set<NodeJS.Timeout>();
  private watching = false;

  constructor() {
    for (const name of ['setTimeout', 'setInterval'] as const) {
      const original = globalThis[name] as (...args: unknown[]) => NodeJS.Timeout;
      const watched = (...args: unknown[]) => {
        const timer = original(...args);
        if (this.watching) this.running.add(timer);
        return timer;
      };
      Object.defineProperty(globalThis, name, { value: watched, writable: true, configurable: true });
    }
  }

  watch(): void {
    this.watching = true;
  }

  clear(): void {
    this.watching = false;
    for (const timer of this.running) clearTimeout(timer);
    this.running.clear();
  }
}
