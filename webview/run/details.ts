import { formatCount, formatCounted, formatEnergy } from '../../src/protocol/format';
import { peakText } from '../../src/protocol/formatSpeed';
import type { RunView } from '../../src/protocol/runPanel';
import { element } from '../ui/dom';

/** What was asked for and what it runs on: parameters, seed, data, model, why this backend. */
export class Details {
  private readonly body = element('tbody');
  private readonly notes = element('ul', { id: 'backendNotes' });
  private readonly notesBox = element('div', {}, element('h3', {}, 'Backend'), this.notes);
  private shown = '';
  readonly root = element(
    'details',
    { id: 'details' },
    element('summary', {}, 'Parameters and backend'),
    element(
      'table',
      { id: 'params' },
      element('caption', { class: 'visually-hidden' }, 'Parameters of the run'),
      this.body,
    ),
    this.notesBox,
  );

  update(run: RunView): void {
    const rows = rowsOf(run);
    const text = JSON.stringify([rows, run.backendNotes]);
    if (text === this.shown) return;
    this.shown = text;
    this.body.replaceChildren(
      ...rows.map(([name, value]) =>
        element('tr', {}, element('th', { scope: 'row' }, name), element('td', {}, value)),
      ),
    );
    this.notes.replaceChildren(...run.backendNotes.map((note) => element('li', {}, note)));
    this.notesBox.hidden = run.backendNotes.length === 0;
  }
}

function rowsOf(run: RunView): [string, string][] {
  const rows: [string, string][] = Object.entries(run.params).map(([name, value]) => [name, String(value)]);
  if (run.seed !== undefined) rows.push(['seed', String(run.seed)]);
  if (run.data !== undefined) rows.push(['data', run.data]);
  if (run.parameters !== undefined) rows.push(['model', `${formatCount(run.parameters)} parameters`]);
  if (run.peak) rows.push(['fastest matmul', `${peakText(run.peak)} (measured)`]);
  if (run.evaluationFlops !== undefined) rows.push(['evaluations', formatCounted(run.evaluationFlops)]);
  for (const part of run.energy?.parts ?? [])
    rows.push([`energy, ${part.component}`, `${formatEnergy(part)}: ${part.source}`]);
  if (run.lastCheckpointStep !== undefined)
    rows.push(['last checkpoint', `step ${formatCount(run.lastCheckpointStep)}`]);
  rows.push(['file', run.file], ['run', run.id]);
  return rows;
}
