import { markdownTable } from 'markdown-table';
import type { Convention } from './work';
import { allFlops, phaseFlops, reportModel } from './report';
import type { ModelCost } from './modelCost';

/** How figures are written; the caller's, since this room knows no units of display. */
export interface Formats {
  readonly count: (value: number) => string;
  readonly flops: (value: number) => string;
  readonly bytes: (value: number) => string;
  readonly percent: (fraction: number) => string;
}

/** Models as text: a heading, what the whole costs, and a table of the layers, in Markdown that reads well as it is. */
export function costText(model: ModelCost, convention: Convention, formats: Formats): string {
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
    ...report.assumptions.map((assumption) => `- assumed: ${assumption}`),
    '',
    ...(rows.length > 0
      ? [markdownTable([head, ...rows], { align: ['l', 'r', 'l', 'r', 'r', 'r', 'r', 'r', 'r'] }), '']
      : []),
  ].join('\n');
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
