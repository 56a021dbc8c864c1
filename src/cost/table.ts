import { markdownTable } from 'markdown-table';
import type { Convention } from './work';
import { allFlops, phaseFlops, reportModel } from './report';
import type { LayerCost, ModelCost } from './modelCost';
import { sparseForward } from './sparsity';

/** How figures are written; the caller's, since this room knows no units of display. */
export interface Formats {
  readonly count: (value: number) => string;
  readonly flops: (value: number) => string;
  readonly bytes: (value: number) => string;
  readonly percent: (fraction: number) => string;
  /** FLOPs, whatever the convention. */
  readonly papersFlops: (value: number) => string;
  /** A part of a whole, such as the active weights of all. */
  readonly part: (count: number, of: number) => string;
}

/**
 * Models as text: a heading, what the whole costs, and a table of the layers, in Markdown that reads well as it is.
 *
 * @param predicted what is said of its time, which is not counted
 */
export function costText(
  model: ModelCost,
  convention: Convention,
  formats: Formats,
  predicted: readonly string[] = [],
): string {
  const report = reportModel(model, convention);
  const { count, flops, bytes } = formats;
  const where = report.line === undefined ? '' : ` (line ${report.line})`;
  const all = allFlops(model.work);
  const rows = model.layers.map((layer) => {
    const own = phaseFlops(layer.work, convention);
    return [
      layer.name,
      layer.place ? String(layer.place.line) : '',
      shape(layer.outputShape),
      count(layer.params),
      flops(own.forward),
      ...(report.sparsity ? sparseColumns(layer, convention, formats) : []),
      flops(own.backward),
      flops(own.optimizer),
      bytes(layer.activationBytes),
      formats.percent(all === 0 ? 0 : allFlops(layer.work) / all),
    ];
  });
  const head = [
    'layer',
    'line',
    'output',
    'params',
    'forward',
    ...(report.sparsity ? ['kept', 'sparse forward'] : []),
    'backward',
    'optimizer',
    'activations',
    'share',
  ];
  const uncovered = report.uncovered.map((each) => `${each.kernel} (${each.count})`);
  return [
    `## ${report.name}${where}`,
    '',
    `One training step at batch size ${model.batch}, counted from shapes (${conventionNames[convention]}):`,
    '',
    `- parameters: ${count(report.params)}, of which ${count(report.trainableParams)} are trained`,
    `- forward: ${flops(report.flops.forward)}, ${count(report.macs)} MACs`,
    `- backward: ${flops(report.flops.backward)}`,
    ...(report.unusedFlops > 0
      ? [
          `  - of which ${flops(report.unusedFlops)} give results that nothing uses, yet TensorFlow.js computes them`,
        ]
      : []),
    `- optimizer: ${flops(report.flops.optimizer)}`,
    `- apart from that, elementwise: ${flops(report.elementwiseFlops)}`,
    ...(uncovered.length > 0 ? [`- not counted in any of these: ${uncovered.join(', ')}`] : []),
    `- bytes moved: ${bytes(report.bytesMoved)}`,
    `- peak memory of tensors: ${bytes(report.peakBytes)}`,
    ...sparseLines(model, convention, formats),
    ...predicted.map((each) => `- ${each}`),
    ...report.assumptions.map((assumption) => `- assumed: ${assumption}`),
    '',
    ...(rows.length > 0
      ? [
          markdownTable([head, ...rows], {
            align: head.map((name) => (/layer|output/.test(name) ? 'l' : 'r')),
          }),
          '',
        ]
      : []),
  ].join('\n');
}

/** What of it is kept, and the forward pass of that. */
function sparseColumns(layer: LayerCost, convention: Convention, { flops, part }: Formats): string[] {
  const { active, size = 0 } = layer.sparsity ?? {};
  const forward = sparseForward(layer, convention);
  return [active === undefined ? '' : part(active, size), forward === undefined ? '' : flops(forward)];
}

/** How a model is sparse, each figure with how it was counted. */
function sparseLines(
  model: ModelCost,
  convention: Convention,
  { count, flops, papersFlops, part }: Formats,
): string[] {
  const { sparsity } = model;
  if (!sparsity) return [];
  const { method, size, active, uncertain, training, allCounted } = sparsity;
  const forward = sparseForward(model, convention);
  const all = allCounted ? '' : ', without layers whose shapes do not say';
  return [
    `- sparse by ${method}: ${count(active)} of ${count(size)} weights kept in the end (${part(active, size)})` +
      (uncertain === undefined ? '' : `; ${uncertain}`),
    ...(forward === undefined
      ? []
      : [`  - forward without zeros: ${flops(forward)}, counted; all figures above are dense`]),
    ...(training
      ? [
          `  - whole training: ${papersFlops(training.flops)}, ${part(training.flops, training.denseFlops)} of dense, counted ` +
            `in the accounting of the papers${all}; ${part(training.meanDensity, 1)} of the weights active on average`,
        ]
      : []),
  ];
}

export const conventionNames: Readonly<Record<Convention, string>> = {
  mac2: 'two FLOPs a MAC',
  mac: 'MACs in place of FLOPs',
  padded: 'two FLOPs a MAC, without those on padding',
};

/** [1, 28, 28, 6] -> "1×28×28×6". */
export function shape(lengths: readonly number[]): string {
  return lengths.join('×');
}
