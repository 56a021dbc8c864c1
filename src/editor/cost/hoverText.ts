import { markdownTable } from 'markdown-table';
import path from 'node:path';
import { peakAt } from '../../cost/batchFit';
import type { PeakLine } from '../../cost/modelCost';
import { allFlops, phaseFlops, trainingFlops, unusedFlops } from '../../cost/report';
import { conventionNames, shape } from '../../cost/table';
import { totalWork, type Convention, type PhaseWork, type Work } from '../../cost/work';
import { formatBytes, formatCount } from '../../protocol/format';
import { formatShare, formatWork } from '../../protocol/formatCost';
import { uncoveredText } from './lensText';
import { executedText, sparseLines, sparseTrainingLines } from './sparseText';
import { timingLines, type Timing } from './timing';
import type { ShownLine } from './traceBook';

const columns = ['forward', 'backward', 'optimizer'] as const;

/** What a line, or a whole model, costs in full: Markdown. */
export function hoverText(shown: ShownLine, convention: Convention, timing: Timing = {}): string {
  const { cost, model } = shown;
  const { params, trainableParams, work, sparsity } = cost ?? model;
  const dense = model.sparsity ? ' dense' : '';
  const all = allFlops(model.work);
  const shapes = cost
    ? cost.outputShape &&
      `output ${shape(cost.outputShape)}, activations ${formatBytes(cost.activationBytes)}`
    : `input ${model.inputShapes.map(shape).join(' and ')}, peak memory of tensors ${formatBytes(model.peakBytes)}`;
  return [
    ...heading(shown),
    split(work, convention, sparsity !== undefined),
    [
      `${formatCount(params)} parameters` +
        (trainableParams === params ? '' : `, ${formatCount(trainableParams)} of them trained`),
      ...timingLines(shown, timing),
      ...sparseLines(cost ?? model, convention),
      ...(shapes ? [shapes] : []),
      ...(cost && all > 0
        ? [`${formatShare(allFlops(work) / all)} of a${dense} training step of ${model.name}`]
        : []),
      ...(cost ? [] : memory(model.weightBytes, model.optimizerBytes)),
      ...(!cost && model.fit ? [peaks(model.fit.peak)] : []),
      ...(cost ? [] : wholeTraining(shown, convention, dense)),
      ...(cost ? [] : sparseTrainingLines(model)),
      ...remarks(work, convention),
    ]
      .map((line) => `- ${line}`)
      .join('\n'),
    `Counted from shapes at batch size ${formatCount(model.batch)} (${conventionNames[convention]})` +
      `, as ${path.basename(shown.entry)} has it.`,
    ...(sparsity ? [executedText] : []),
    ...model.assumptions.map((assumption) => `Assumed: ${escaped(assumption)}.`),
  ].join('\n\n');
}

function heading({ cost, model, stale }: ShownLine): string[] {
  const name = cost ? listed(cost.layers) || 'Operations of this line' : model.name;
  if (stale === undefined) return [`**${name}**`];
  return [`**${name}** · stale`, `From before the file broke: ${escaped(stale)}`];
}

function split(work: PhaseWork, convention: Convention, isSparse: boolean): string {
  const flops = phaseFlops(work, convention);
  const row = (name: string, value: (work: Work, phase: (typeof columns)[number]) => string) => [
    name,
    ...columns.map((phase) => value(work[phase], phase)),
  ];
  return markdownTable(
    [
      ['', ...columns],
      row((convention === 'mac' ? 'MACs' : 'FLOPs') + (isSparse ? ' dense' : ''), (_, phase) =>
        formatWork(flops[phase], convention),
      ),
      // The optimizer's are what its FLOPs are.
      row('elementwise', ({ elementwiseFlops }, phase) =>
        phase === 'optimizer' ? '' : formatWork(elementwiseFlops, 'mac2'),
      ),
      row('bytes moved', ({ bytesMoved }) => formatBytes(bytesMoved)),
      row('FLOPs a byte', intensity),
      row('kernels', ({ kernels }) => formatCount(kernels)),
    ],
    { align: ['l', 'r', 'r', 'r'] },
  );
}

/** Arithmetic intensity: everything computed for each byte that moves. */
function intensity({ macs, elementwiseFlops, bytesMoved }: Work): string {
  return bytesMoved === 0 ? '' : String(Number(((2 * macs + elementwiseFlops) / bytesMoved).toPrecision(2)));
}

function memory(weightBytes: number, optimizerBytes: number): string[] {
  const kept = optimizerBytes > 0 ? `, ${formatBytes(optimizerBytes)} kept by the optimizer` : '';
  return [`weights ${formatBytes(weightBytes)}${kept}`];
}

function peaks(peak: readonly PeakLine[]): string {
  const at = [1, 32, 256].map((batch) => `${formatBytes(peakAt(peak, batch))} at batch size ${batch}`);
  return `peak memory ${at.join(', ')}`;
}

function wholeTraining(shown: ShownLine, convention: Convention, dense: string): string[] {
  const training = trainingFlops(shown.model, convention);
  if (training === undefined) return [];
  return [`whole training ${formatWork(training, convention)}${dense}, ${steps(shown)}`];
}

function steps({ model }: ShownLine): string {
  const { epochs = 1, stepsPerEpoch = 0 } = model.plan ?? {};
  return `${formatCount(epochs)} epochs of ${formatCount(stepsPerEpoch)} steps`;
}

function remarks(work: PhaseWork, convention: Convention): string[] {
  const total = totalWork(work);
  const unused = unusedFlops(total, convention);
  const uncovered = Object.entries(total.uncovered).map(([kernel, count]) => `${kernel} (${count})`);
  return [
    ...(unused > 0
      ? [
          `${formatWork(unused, convention)} of it for results that nothing uses, yet TensorFlow.js computes them`,
        ]
      : []),
    ...(uncovered.length > 0
      ? [`${uncoveredText(work)}, in none of these figures: ${uncovered.join(', ')}`]
      : []),
  ];
}

/** A few names in full, and of many their number. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).map(escaped).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more layers` : shown;
}

function escaped(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|~]/g, '\\$&');
}
