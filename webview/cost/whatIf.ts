import { distributions, type CostView, type WhatIf } from '../../src/protocol/costPanel';
import { formatCount, formatFlops } from '../../src/protocol/format';
import { formatDensity } from '../../src/protocol/formatDensity';
import { element, setShown, setText } from '../ui/dom';
import { button } from '../ui/toolkit';

/** The batch slider goes by powers of two, up to this. */
const mostPower = 12;
const mostBatch = 1_048_576;
/** Shares of zeros that the sparsity slider stops at, in percent. */
const stops = [0, 50, 60, 70, 75, 80, 85, 90, 92, 95, 96, 97, 98, 99, 99.5] as const;
const distributionNames = { uniform: 'the same in every layer', erk: 'by size (ERK)' } as const;

/** Asks for the model at another batch size, or with zeros in its weights. */
export class WhatIfControls {
  private readonly batch = element('input', {
    id: 'batch',
    type: 'range',
    min: '0',
    max: String(mostPower),
    step: '1',
    'aria-label': 'Batch size, powers of two',
  });
  private readonly exactBatch = element('input', {
    id: 'exactBatch',
    type: 'number',
    min: '1',
    max: String(mostBatch),
    'aria-label': 'Batch size',
  });
  private readonly sparsity = element('input', {
    id: 'sparsity',
    type: 'range',
    min: '0',
    max: String(stops.length - 1),
    step: '1',
    'aria-label': 'Sparsity: share of weights that are zero',
  });
  private readonly distribution = element(
    'select',
    { id: 'distribution', 'aria-label': 'How zeros are shared among layers' },
    ...distributions.map((value) => element('option', { value }, distributionNames[value])),
  );
  private readonly sparsityText = element('output', { for: 'sparsity' });
  private readonly answer = element('p', { id: 'sparseAnswer', class: 'note' });
  private readonly batchNote = element('p', { class: 'note' });
  private readonly reset;
  private asked: WhatIf = {};
  readonly root: HTMLElement;

  constructor(ask: (whatIf: WhatIf) => void) {
    const change = (changed: WhatIf) => {
      this.asked = { ...this.asked, ...changed };
      ask(this.asked);
      this.say();
    };
    this.batch.addEventListener('input', () => {
      const batch = 2 ** Number(this.batch.value);
      this.exactBatch.value = String(batch);
      change({ batch });
    });
    this.exactBatch.addEventListener('change', () => {
      const batch = Math.min(mostBatch, Math.max(1, Math.round(Number(this.exactBatch.value) || 1)));
      this.exactBatch.value = String(batch);
      this.batch.value = String(Math.log2(batch));
      change({ batch });
    });
    this.sparsity.addEventListener('input', () => {
      const percent = stops[Number(this.sparsity.value)] ?? 0;
      change({ sparsity: percent === 0 ? undefined : percent / 100 });
    });
    this.distribution.addEventListener('change', () =>
      change({ distribution: distributions.find((each) => each === this.distribution.value) }),
    );
    this.reset = button('asWritten', 'As Written', () => {
      this.asked = {};
      ask({});
    });
    this.root = element(
      'section',
      { class: 'what-if', 'aria-labelledby': 'whatIfTitle' },
      element('h2', { id: 'whatIfTitle' }, 'What if'),
      element('div', { class: 'control' }, element('span', {}, 'Batch size'), this.batch, this.exactBatch),
      this.batchNote,
      element(
        'div',
        { class: 'control' },
        element('span', {}, 'Sparsity'),
        this.sparsity,
        this.sparsityText,
        this.distribution,
      ),
      this.answer,
      this.reset,
    );
  }

  update({ shown, asked }: CostView): void {
    setShown(this.root, shown !== undefined);
    if (!shown) return;
    this.asked = asked.whatIf ?? {};
    const { batch = shown.ownBatch, distribution = 'uniform', sparsity } = this.asked;
    for (const input of [this.batch, this.exactBatch]) input.disabled = !shown.canSetBatch;
    if (document.activeElement !== this.exactBatch) this.exactBatch.value = String(batch);
    if (document.activeElement !== this.batch) this.batch.value = String(Math.log2(batch));
    if (document.activeElement !== this.sparsity)
      this.sparsity.value = String(
        Math.max(
          0,
          stops.findIndex((stop) => stop / 100 === sparsity),
        ),
      );
    this.distribution.value = distribution;
    setText(
      this.batchNote,
      shown.canSetBatch
        ? batch === shown.ownBatch
          ? ''
          : `As written: ${formatCount(shown.ownBatch)}.`
        : 'The batch size is part of this model or script.',
    );
    const { sparse } = shown;
    setText(
      this.answer,
      sparse
        ? sparse.weights === 0
          ? 'This model has no layers whose weights could be zeroed.'
          : `${formatDensity({ active: sparse.kept, size: sparse.weights })} of ${formatCount(sparse.weights)} kernel weights kept. ` +
            `Forward ${formatFlops(sparse.forward)} of ${formatFlops(sparse.denseForward)} dense, a training step ` +
            `${formatFlops(sparse.step)} of ${formatFlops(sparse.denseStep)} ` +
            `(${formatDensity({ active: sparse.step, size: sparse.denseStep })}): counted as sparse training papers do, ` +
            'matrix work alone, and a step as three forward passes. How much time zeros save depends on the backend.'
        : '',
    );
    setShown(this.reset, this.asked.batch !== undefined || sparsity !== undefined);
    setShown(this.distribution, sparsity !== undefined);
    this.say();
  }

  private say(): void {
    const { sparsity, batch } = this.asked;
    const text = sparsity === undefined ? 'as written' : `${Number((100 * sparsity).toFixed(1))} % zeros`;
    setText(this.sparsityText, text);
    this.sparsity.setAttribute('aria-valuetext', text);
    this.batch.setAttribute(
      'aria-valuetext',
      `${formatCount(batch ?? Number(this.exactBatch.value))} examples`,
    );
  }
}
