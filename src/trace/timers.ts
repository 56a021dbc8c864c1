import module from 'node:module';
import nodeTimers from 'node:timers';

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
      for (const object of [globalThis, nodeTimers])
        Object.defineProperty(object, name, { value: watched, writable: true, configurable: true });
    }
    module.syncBuiltinESMExports();
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
