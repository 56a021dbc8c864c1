import type { FromRunPanel } from '../../src/protocol/runPanel';
import { element, setShown } from '../ui/dom';
import { lookOf } from './chartStyle';
import { swatch } from './legend';
import type { ShownRun } from './shownRuns';
import { statusName } from './status';

/** The runs whose curves are drawn together: how each is drawn, how it stands, and the way to leave it out again. */
export class Comparison {
  private readonly list = element('ul');
  private shown = '';
  readonly root = element('section', { id: 'comparison', 'aria-label': 'Compared runs' }, this.list);

  constructor(private readonly send: (message: FromRunPanel) => void) {
    setShown(this.root, false);
  }

  update(runs: readonly ShownRun[]): void {
    setShown(this.root, runs.length > 1);
    const shown = JSON.stringify(runs.map(({ label, facts }) => [label, facts.status, facts.problem]));
    if (shown === this.shown) return;
    this.shown = shown;
    const focused = this.list.contains(document.activeElement);
    this.list.replaceChildren(...(runs.length > 1 ? runs.map((run) => this.item(run, runs.length)) : []));
    if (focused) this.list.querySelector('button')?.focus();
  }

  private item(run: ShownRun, runs: number): HTMLElement {
    const { label, facts, directory, index } = run;
    const look = lookOf(run, 'train/loss', [], runs);
    const name =
      index === 0
        ? element('span', { class: 'compared-name' }, label)
        : element('button', { type: 'button', class: 'compared-name', title: `Open ${label}` }, label);
    name.addEventListener('click', () => {
      if (index > 0) this.send({ type: 'openRun', directory });
    });
    const item = element(
      'li',
      { class: `line-${look.colour % 5}` },
      swatch(look),
      name,
      element('span', { class: 'compared-status' }, facts.problem ?? statusName(facts.status)),
    );
    if (index > 0) item.append(this.removal(label, directory));
    return item;
  }

  private removal(label: string, directory: string): HTMLElement {
    const text = `Leave out ${label}`;
    const made = element('button', { type: 'button', class: 'remove', title: text, 'aria-label': text }, '✕');
    made.addEventListener('click', () => this.send({ type: 'endComparison', directory }));
    return made;
  }
}
