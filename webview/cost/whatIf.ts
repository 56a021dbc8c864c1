import {
  distributions,
  evolvings,
  type CostView,
  type SparseTotals,
  type WhatIf,
} from '../../src/protocol/costPanel';
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

const evolvingNames = {
  set: 'moved at random (SET)',
  rigl: 'moved by gradients (RigL)',
  gradual: 'more and more (gradual pruning)',
} as const;

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
  private readonly evolving = element(
    'select',
    { id: 'evolving', 'aria-label': 'How zeros change while training' },
    element('option', { value: '' }, 'zeros stay where they are'),
    ...evolvings.map((value) => element('option', { value }, evolvingNames[value])),
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
    this.evolving.addEventListener('change', () =>
      change({ evolving: evolvings.find((each) => each === this.evolving.value) }),
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
        this.evolving,
      ),
      this.answer,
      this.reset,
    );
  }

  update({ shown, asked }: CostView): void {
    setShown(this.root, shown !== undefined);
    if (!shown) return;
    this.asked = asked.whatIf ?? {};
    const { batch = shown.ownBatch, distribution = 'uniform', evolving = '', sparsity } = this.asked;
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
    this.evolving.value = evolving;
    setText(
      this.batchNote,
      shown.canSetBatch
        ? batch === shown.ownBatch
          ? ''
          : `As written: ${formatCount(shown.ownBatch)}.`
        : 'The batch size is part of this model or script.',
    );
    setText(this.answer, shown.sparse ? answerText(shown.sparse) : '');
    setShown(this.reset, this.asked.batch !== undefined || sparsity !== undefined);
    for (const choice of [this.distribution, this.evolving]) setShown(choice, sparsity !== undefined);
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

function answerText(sparse: SparseTotals): string {
  const { weights, kept, forward, denseForward, step, denseStep, evolution } = sparse;
  if (weights === 0) return 'This model has no layers whose weights could be zeroed.';
  const end = evolution ? ' in the end' : '';
  const mean = evolution
    ? `, mean of ${formatCount(evolution.steps)} steps with ` +
      `${formatDensity({ active: evolution.density, size: 1 })} of the weights active`
    : '';
  return (
    `${formatDensity({ active: kept, size: weights })} of ${formatCount(weights)} kernel weights kept${end}. ` +
    `Forward ${formatFlops(forward)} of ${formatFlops(denseForward)} dense${end}, a training step ` +
    `${formatFlops(step)} of ${formatFlops(denseStep)} (${formatDensity({ active: step, size: denseStep })}${mean}): ` +
    'counted as sparse training papers do, matrix work alone, and a step as three forward passes' +
    `${evolution ? ', or with the gradient in full where a method asks for it' : ''}. ` +
    'How much time zeros save depends on the backend.'
  );
}
