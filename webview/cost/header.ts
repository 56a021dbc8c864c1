import type { CostTotals, CostView, ExportFormat, FromCostPanel } from '../../src/protocol/costPanel';
import { formatBytes, formatCount } from '../../src/protocol/format';
import { formatWork } from '../../src/protocol/formatCost';
import { element, setShown, setText } from '../ui/dom';
import { button, link } from '../ui/toolkit';
import { changeText, comparisonText } from './changes';

const formats: readonly (readonly [ExportFormat, string])[] = [
  ['csv', 'CSV'],
  ['json', 'JSON'],
  ['markdown', 'Markdown'],
];

/** Which model, what the whole of it costs, and with what it is compared. */
export class Header {
  private readonly title = element('h1');
  private readonly models = element('select', { id: 'models', 'aria-label': 'Model' });
  private readonly about = element('p', { id: 'about', class: 'note' });
  private readonly stale = element('p', { id: 'stale', role: 'status' });
  private readonly facts = element('dl', { class: 'facts' });
  private readonly change = element('p', { id: 'change', role: 'status' });
  private readonly notes = element('ul', { class: 'notes note' });
  private readonly compareHead;
  private readonly compare;
  private readonly end;
  private readonly exports: HTMLElement;
  private names = '';
  readonly root: HTMLElement;

  constructor(send: (message: FromCostPanel) => void) {
    this.compareHead = button('compareHead', 'Compare with Last Commit', () => send({ type: 'compareHead' }));
    this.compare = button('compare', 'Compare with Model…', () => send({ type: 'compare' }));
    this.end = button('endComparison', 'End Comparison', () => send({ type: 'endComparison' }));
    this.exports = element(
      'span',
      { class: 'exports', role: 'group', 'aria-label': 'Export' },
      'Export',
      ...formats.map(([format, label]) =>
        link(`export-${format}`, label, () => send({ type: 'export', format })),
      ),
      link('showTable', 'Table as text', () => send({ type: 'showTable' })),
    );
    this.models.addEventListener('change', () => send({ type: 'choose', model: this.models.value }));
    this.root = element(
      'header',
      {},
      element(
        'div',
        { class: 'title-row' },
        element('div', { class: 'title' }, this.title, this.models),
        element(
          'div',
          { class: 'buttons', role: 'group', 'aria-label': 'Comparison' },
          this.compareHead,
          this.compare,
          this.end,
        ),
      ),
      this.about,
      this.stale,
      this.change,
      this.facts,
      this.notes,
      this.exports,
    );
  }

  update(view: CostView): void {
    const { shown, other, models, file } = view;
    setText(this.title, shown ? `Cost of ${shown.name}` : `Cost of ${file}`);
    this.offer(models, shown?.name);
    for (const part of [this.about, this.facts, this.notes, this.exports, this.compareHead, this.compare])
      setShown(part, shown !== undefined);
    setShown(this.end, view.asked.comparison !== undefined);
    setShown(this.compareHead, shown !== undefined && view.asked.comparison !== 'head');
    setShown(this.stale, shown?.stale !== undefined);
    setShown(this.change, shown !== undefined && other !== undefined);
    if (!shown) return;
    const from = shown.tracedFrom === undefined ? file : `${file}, as ${shown.tracedFrom} trains it`;
    setText(
      this.about,
      `${from} · one training step at batch size ${formatCount(shown.totals.batch)}, counted from shapes` +
        (shown.pending ? ' · tracing…' : ''),
    );
    setText(this.stale, `From before the file broke: ${shown.stale ?? ''}`);
    setText(this.change, other ? comparisonText(shown.totals, other, view.convention) : '');
    this.facts.replaceChildren(...factsOf(view).map(([name, text, was]) => fact(name, text, was)));
    this.notes.replaceChildren(...shown.notes.map((note) => element('li', {}, note)));
    setShown(this.notes, shown.notes.length > 0);
  }

  private offer(models: readonly string[], chosen: string | undefined): void {
    setShown(this.models, models.length > 1);
    const names = JSON.stringify(models);
    if (names !== this.names) {
      this.names = names;
      this.models.replaceChildren(...models.map((name) => element('option', { value: name }, name)));
    }
    if (chosen !== undefined) this.models.value = chosen;
  }
}

type Fact = readonly [name: string, text: string, was: string | undefined];

function factsOf({ shown, other, convention }: CostView): Fact[] {
  if (!shown) return [];
  const { totals } = shown;
  const work = (value: number) => formatWork(value, convention);
  const row = (
    name: string,
    of: (totals: CostTotals) => number | undefined,
    text: (value: number) => string,
  ) => {
    const now = of(totals);
    if (now === undefined) return [];
    const before = other?.totals && of(other.totals);
    const was = before === undefined ? undefined : `${text(before)}, ${changeText(now, before)}`;
    return [[name, text(now), was] as const];
  };
  return [
    ...row('Parameters', ({ params }) => params, formatCount),
    ...row('Forward', ({ forward }) => forward, work),
    ...row('Backward', ({ backward }) => backward, work),
    ...row('Optimizer', ({ optimizer }) => optimizer, work),
    ...row('Step', ({ step }) => step, work),
    ...row('Elementwise, apart', ({ elementwise }) => elementwise, work),
    ...row('Bytes moved', ({ bytesMoved }) => bytesMoved, formatBytes),
    ...row('Peak memory', ({ peakBytes }) => peakBytes, formatBytes),
    ...row('Training', ({ training }) => training, work),
  ];
}

function fact(name: string, text: string, was: string | undefined): HTMLElement {
  return element(
    'div',
    { 'data-fact': name },
    element('dt', {}, name),
    element('dd', {}, text, ...(was === undefined ? [] : [element('span', { class: 'was' }, `was ${was}`)])),
  );
}
