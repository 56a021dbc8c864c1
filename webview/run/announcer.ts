import type { RunView } from '../../src/protocol/runPanel';
import { formatCount, formatMeasure } from '../../src/protocol/format';
import { element } from '../ui/dom';
import { statusText } from './status';

const quietMilliseconds = 15_000;

/** Tells those who listen instead of look how the run stands: at once when its state turns, else now and then. */
export class Announcer {
  readonly root = element('div', { class: 'visually-hidden', role: 'status', 'aria-live': 'polite' });
  private spokenAt = 0;
  private spokenStatus = '';

  update(run: RunView): void {
    const status = statusText(run);
    const now = Date.now();
    const turned = status !== this.spokenStatus;
    if (!turned && (run.status !== 'running' || now - this.spokenAt < quietMilliseconds)) return;
    this.spokenAt = now;
    this.spokenStatus = status;
    this.root.textContent = summary(run, status);
  }
}

function summary(run: RunView, status: string): string {
  const of = run.totalSteps === undefined ? '' : ` of ${formatCount(run.totalSteps)}`;
  const measures = Object.entries(run.latest)
    .filter(([key]) => key === 'train/loss' || key.startsWith('test/'))
    .map(([key, value]) => `${key.replace('/', ' ')} ${formatMeasure(value)}`);
  return [
    `${run.name}: ${status}`,
    ...(run.step > 0 ? [`step ${formatCount(run.step)}${of}`] : []),
    ...measures,
  ].join(', ');
}
