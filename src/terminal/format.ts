import {
  formatBytes,
  formatCount,
  formatEnergy,
  formatFlops,
  formatMeasure,
  formatSeconds,
} from '../protocol/format';
import { comparedFigures } from '../protocol/formatPrediction';
import { addParts, totalEnergy } from '../runs/energy';
import type { RunPrediction } from '../runs/prediction';
import type { BackendName, RunRecord } from '../runs/record';

type Sparsity = NonNullable<NonNullable<RunRecord['result']>['sparsity']>;

/** `{ loss: 0.1, acc: 0.97 }` -> "loss 0.1, acc 0.97". */
export function formatMeasures(metrics: Readonly<Record<string, number>>): string {
  return Object.entries(metrics)
    .map(([name, value]) => `${name} ${formatMeasure(value)}`)
    .join(', ');
}

/** The last lines a run prints: how it ended and with what, beside what was predicted. */
export function formatResult(
  record: RunRecord,
  status: string,
  directory: string,
  prediction?: RunPrediction,
): string {
  const { result, plan } = record;
  const attempt = record.attempts.at(-1);
  const lines = [`Run ${record.id}: ${status}${attempt?.error ? `: ${attempt.error.message}` : ''}`];
  if (attempt?.reason !== undefined) lines.push(`  because      ${attempt.reason}`);
  if (attempt?.error?.file) lines.push(`  at           ${attempt.error.file}:${attempt.error.line ?? 1}`);
  if (result) {
    const total = plan?.totalSteps === undefined ? '' : ` of ${formatCount(plan.totalSteps)}`;
    lines.push(
      `  steps        ${formatCount(result.step)}${total}, ${formatSeconds(result.seconds)} (measured)`,
    );
    if (result.loss !== undefined) lines.push(`  train loss   ${formatMeasure(result.loss)}`);
    for (const [name, value] of Object.entries(result.evaluation ?? {}))
      lines.push(`  test ${name.padEnd(7)} ${formatMeasure(value)}`);
  }
  if (result?.sparsity) lines.push(...sparsityLines(result.sparsity, result.flops, attempt?.backend));
  lines.push(...energyLines(record));
  lines.push(...predictionLines(prediction, result));
  if (attempt?.backend) lines.push(`  backend      ${attempt.backend}`);
  lines.push(`  run folder   ${directory}`);
  return lines.join('\n');
}

/** Of all attempts that told of their energy. */
function energyLines({ attempts }: RunRecord): string[] {
  const energy = addParts(attempts.flatMap((each) => each.energy ?? []));
  return energy.length > 0 ? [`  energy       ${formatEnergy(totalEnergy(energy))}`] : [];
}

/** What was predicted before the run began: the step and all steps beside what they took, and what else there is. */
function predictionLines(prediction: RunPrediction | undefined, result: RunRecord['result']): string[] {
  if (!prediction) return [];
  const { stepSeconds, trainingSeconds } = result ?? {};
  const dense = prediction.dense ? ', were it dense' : '';
  return comparedFigures(prediction, { stepSeconds, trainingSeconds }).map(
    ({ name, predicted, used }, i) =>
      `  ${(i === 0 ? 'predicted' : '').padEnd(12)} ${name} ${predicted.replace(/\)$/, ', nine times of ten)')}` +
      `${dense}${used === undefined ? '' : `; ${used}`}`,
  );
}

/** What became of a sparse training: how many weights are left, and its FLOPs in both ways of counting. */
function sparsityLines(
  sparsity: Sparsity,
  executed: number | undefined,
  backend: BackendName | undefined,
): string[] {
  const { weights, method, density, everActive, updates } = sparsity;
  const size = weights.reduce((sum, weight) => sum + weight.size, 0);
  const active = weights.reduce((sum, weight) => sum + weight.active, 0);
  const dead = weights.reduce((sum, { deadOutputs }) => sum + deadOutputs, 0);
  const times = (dense: number, sparse: number) => `${Number((sparse / dense).toPrecision(3))} of dense`;
  const incomplete = sparsity.allCounted ? '' : ', without layers whose shapes do not say';
  return [
    `  sparsity     ${percent(1 - density)} (${method}): ${formatCount(active)} of ${formatCount(size)} weights active, ` +
      `${percent(everActive)} ever; ${formatCount(updates)} update${updates === 1 ? '' : 's'} of masks`,
    `  per layer    ${weights.map(densityOf).join(', ')}`,
    ...(backend === 'wasm' ? [] : ['  kernels      dense: masks are simulated on this backend']),
    ...(dead > 0 ? [`  dead units   ${formatCount(dead)}`] : []),
    `  on disk      ${formatBytes(sparsity.bytes)} with bit masks, ${formatBytes(4 * size)} dense (sparse weights)`,
    `  training     ${formatFlops(sparsity.trainingFlops)} counted (accounting of the paper), ` +
      `${times(sparsity.denseTrainingFlops, sparsity.trainingFlops)}${incomplete}`,
    ...(executed === undefined ? [] : [`  training     ${formatFlops(executed)} counted (kernels executed)`]),
    `  inference    ${formatFlops(sparsity.forwardFlops)} a sample counted (accounting of the paper), ` +
      `${times(sparsity.denseForwardFlops, sparsity.forwardFlops)}`,
  ];
}

/** Of a weight, and of each of its gates where it has some. */
function densityOf({ name, active, size, gates }: Sparsity['weights'][number]): string {
  const own = gates?.map((gate) => `${gate.name} ${percent(gate.active / gate.size)}`);
  return `${name} ${percent(active / size)}${own ? ` (${own.join(', ')})` : ''}`;
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}
