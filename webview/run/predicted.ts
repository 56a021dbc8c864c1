import { comparedFigures } from '../../src/protocol/formatPrediction';
import type { RunView } from '../../src/protocol/runPanel';
import { element, setShown, setText } from '../ui/dom';

const names = {
  step: 'Step',
  training: 'Training steps, all together',
  energy: 'Energy',
  CO2e: 'CO2e',
  cost: 'Cost',
} as const;

/** What the run was predicted to take before it began, beside what it takes. */
export class Predicted {
  private readonly body = element('tbody');
  private readonly note = element('p', { class: 'note' });
  private shown = '';
  readonly root = element(
    'section',
    { id: 'predicted', 'aria-labelledby': 'predictedTitle' },
    element('h2', { id: 'predictedTitle' }, 'Predicted and measured'),
    element(
      'table',
      { class: 'figures', 'aria-labelledby': 'predictedTitle' },
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          ...['Figure', 'Predicted', 'So far'].map((name) => element('th', { scope: 'col' }, name)),
        ),
      ),
      this.body,
    ),
    this.note,
  );

  update({ prediction }: RunView): void {
    setShown(this.root, prediction !== undefined);
    if (!prediction) return;
    const rows = comparedFigures(prediction, prediction.used);
    const text = JSON.stringify(rows);
    if (text === this.shown) return;
    this.shown = text;
    this.body.replaceChildren(
      ...rows.map(({ name, predicted, used = '' }) =>
        element(
          'tr',
          { 'data-figure': name },
          element('th', { scope: 'row' }, names[name]),
          element('td', {}, predicted),
          element('td', {}, used),
        ),
      ),
    );
    setText(this.note, noteOf(prediction));
  }
}

function noteOf({ backend, calibratedAt, runs, dense, sources }: NonNullable<RunView['prediction']>): string {
  const corrected = runs === 0 ? '' : `, corrected by ${runs} ${runs === 1 ? 'run' : 'runs'} since`;
  return [
    `Predicted before the run began, nine times of ten between the bounds: by the calibration of ${backend} on ` +
      `${calibratedAt.slice(0, 10)}${corrected}, for training steps alone.`,
    ...(dense ? ['What is trained is sparse; predicted is what it would take dense.'] : []),
    'Energy so far, and what follows from it, includes the start and evaluations.',
    ...sources.map((source) => `${source}.`),
  ].join(' ');
}
