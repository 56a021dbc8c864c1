import type { RunView } from '../../src/protocol/runPanel';

const texts: Record<RunView['status'], string> = {
  queued: 'Waiting',
  starting: 'Starting',
  running: 'Running',
  finished: 'Finished',
  stopped: 'Stopped',
  failed: 'Failed',
  crashed: 'Crashed',
};

/** Shapes, so that states differ by more than colour. */
const glyphs: Record<RunView['status'], string> = {
  queued: '◔',
  starting: '○',
  running: '●',
  finished: '✓',
  stopped: '■',
  failed: '✕',
  crashed: '!',
};

export function statusName(status: RunView['status']): string {
  return texts[status];
}

/** "Running", or "Stopping" once stop was asked for. */
export function statusText(run: RunView): string {
  return run.stopping ? 'Stopping' : texts[run.status];
}

export function statusGlyph(run: RunView): string {
  return glyphs[run.status];
}

export function isLive(run: RunView): boolean {
  return run.status === 'starting' || run.status === 'running';
}
