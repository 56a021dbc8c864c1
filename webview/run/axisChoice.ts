import { xAxes, type XAxis } from '../../src/protocol/runPanel';
import { element, setText } from '../ui/dom';
import type { ShownRuns } from './shownRuns';
import { axisKinds, whyNot } from './xAxis';

/** Chooses what curves are drawn over. What is not known of the panel's run cannot be chosen, and says why. */
export class AxisChoice {
  private readonly select = element('select', { id: 'xAxis' });
  private readonly options = new Map<XAxis, HTMLOptionElement>();
  private readonly note = element('span', { id: 'xAxisNote' });
  readonly root = element(
    'span',
    { class: 'x-axis' },
    element('label', { for: 'xAxis' }, 'Over'),
    this.select,
    this.note,
  );

  constructor(chosen: (axis: XAxis) => void) {
    for (const axis of xAxes) {
      const option = element('option', { value: axis }, axisKinds[axis].name);
      this.options.set(axis, option);
      this.select.append(option);
    }
    this.select.addEventListener('change', () => {
      const axis = xAxes.find((each) => each === this.select.value);
      if (axis) chosen(axis);
    });
  }

  /** @param axis that curves are drawn over, which is another one where it is not known */
  update({ all, own }: ShownRuns, axis: XAxis): void {
    if (!own) return;
    for (const [each, option] of this.options) {
      const why = whyNot(own, each);
      option.disabled = why !== undefined;
      setText(option, axisKinds[each].name + (why === undefined ? '' : ` (${why})`));
    }
    if (this.select.value !== axis) this.select.value = axis;
    const unknown = all.filter((run) => whyNot(run, axis) !== undefined).map(({ label }) => label);
    const without = unknown.length === 0 ? '' : `; not known of ${unknown.join(', ')}`;
    setText(this.note, axis === 'step' ? '' : axisKinds[axis].label(own) + without);
  }
}
