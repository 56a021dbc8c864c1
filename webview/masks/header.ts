import { formatCount } from '../../src/protocol/format';
import { formatDensity } from '../../src/protocol/formatDensity';
import type { FromMasksPanel } from '../../src/protocol/masksPanel';
import { element, setShown, setText } from '../ui/dom';
import { button } from '../ui/toolkit';
import type { RunMasks } from './runMasks';

/** Which run, how sparse it is at the moment that is shown, and with what it is compared. */
export class Header {
  private readonly name = element('h1');
  private readonly total = element('p', { id: 'total' });
  private readonly compare;
  private readonly end;
  readonly root: HTMLElement;

  constructor(send: (message: FromMasksPanel) => void) {
    this.compare = button('compare', 'Compare With…', () => send({ type: 'compare' }));
    this.end = button('endComparison', 'End Comparison', () => send({ type: 'endComparison' }));
    this.root = element(
      'header',
      {},
      element(
        'div',
        { class: 'title-row' },
        this.name,
        element(
          'div',
          { class: 'buttons', role: 'group', 'aria-label': 'Run' },
          this.compare,
          this.end,
          button('openRun', 'Open Run', () => send({ type: 'openRun', side: 0 })),
        ),
      ),
      this.total,
    );
  }

  update(own: RunMasks, frame: number, other: RunMasks | undefined): void {
    const { run, steps, weights } = own;
    setText(this.name, run ? `Masks of ${run.name}` : '');
    const total = own.totalAt(frame);
    setText(
      this.total,
      steps.length === 0
        ? ''
        : `${run?.status ?? ''}${run && run.step > 0 ? ` at step ${formatCount(run.step)}` : ''} · shown: step ${formatCount(steps[frame] ?? 0)}, ` +
            `${formatDensity(total)} of ${formatCount(total.size)} weights in ${weights.length === 1 ? 'one sparse layer' : `${formatCount(weights.length)} sparse layers`} active (counted)`,
    );
    setShown(this.compare, steps.length > 0);
    setText(this.compare, other ? 'Compare With Another…' : 'Compare With…');
    setShown(this.end, other !== undefined);
  }
}
