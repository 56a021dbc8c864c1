import type { CostTotals, CostView, ExportFormat, FromCostPanel } from '../../src/protocol/costPanel';
import { formatBytes, formatCount } from '../../src/protocol/format';
import { formatWork } from '../../src/protocol/formatCost';
import { comparedFigures, formatStep } from '../../src/protocol/formatPrediction';
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
    this.offer(models, view.asked.model);
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
    this.facts.replaceChildren(...factsOf(view).map(([name, text, below]) => fact(name, text, below)));
    const notes = notesOf(shown);
    this.notes.replaceChildren(...notes.map((note) => element('li', {}, note)));
    setShown(this.notes, notes.length > 0);
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

/** What is said below it may be missing. */
type Fact = readonly [name: string, text: string, below: string | undefined];

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
    const was = before === undefined ? undefined : `was ${text(before)}, ${changeText(now, before)}`;
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
    ...timeFacts(shown),
  ];
}

const timeNames = {
  step: 'Step time',
  training: 'Training time',
  energy: 'Energy',
  CO2e: 'CO2e',
  cost: 'Money',
} as const;

/** What is predicted for this device, and measured in the last run. */
function timeFacts({ timing, measured }: NonNullable<CostView['shown']>): Fact[] {
  if (!timing) return [];
  const dense = timing.dense ? ' dense' : '';
  const run = measured && `measured ${formatStep(measured.seconds)} in the last run, on ${measured.backend}`;
  return comparedFigures(timing).map(({ name, predicted }) => [
    timeNames[name],
    `predicted${dense} ${predicted}`,
    name === 'step' ? run : undefined,
  ]);
}

/** What is said of the figures, and what predictions stand on. */
function notesOf({ notes, timing }: NonNullable<CostView['shown']>): string[] {
  if (!timing) return notes;
  const stand = timing.joules ? ` ${timing.sources.map((source) => `${source}.`).join(' ')}` : '';
  return [
    ...notes,
    `Predicted for ${timing.backend} by its calibration here, training without evaluation; nine times of ten between ` +
      `the bounds.${stand}`,
  ];
}

function fact(name: string, text: string, below: string | undefined): HTMLElement {
  return element(
    'div',
    { 'data-fact': name },
    element('dt', {}, name),
    element('dd', {}, text, ...(below === undefined ? [] : [element('span', { class: 'was' }, below)])),
  );
}
