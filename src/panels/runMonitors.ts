import path from 'node:path';
import type { RunMonitor } from './runMonitor';

/** One monitor a run folder, however many look at it; ended when the last one leaves. */
export class RunMonitors {
  private readonly entries = new Map<string, { monitor: RunMonitor; holders: number }>();

  /** Dispose of what is returned to let go of the monitor. */
  acquire(directory: string): { readonly monitor: RunMonitor; dispose(): void } {
    const key = path.resolve(directory);
    const entry = this.entries.get(key) ?? { monitor: newMonitor(key), holders: 0 };
    this.entries.set(key, entry);
    entry.holders++;
    let held = true;
    return {
      monitor: entry.monitor,
      dispose: () => {
        if (!held) return;
        held = false;
        if (--entry.holders > 0) return;
        this.entries.delete(key);
        entry.monitor.dispose();
      },
    };
  }

  /** The monitor of a run that someone looks at already. */
  get(directory: string): RunMonitor | undefined {
    return this.entries.get(path.resolve(directory))?.monitor;
  }
}

/** What reads a run is a file of its own: windows where nobody looks at one do not load it. */
function newMonitor(directory: string): RunMonitor {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- read when the first run is looked at
  const { RunMonitor: Loaded } = require('./runMonitor.js') as typeof import('./runMonitor');
  return new Loaded(directory);
}
