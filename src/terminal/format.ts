import { formatCount, formatMeasure, formatSeconds } from '../protocol/format';
import type { RunRecord } from '../runs/record';

/** `{ loss: 0.1, acc: 0.97 }` -> "loss 0.1, acc 0.97". */
export function formatMeasures(metrics: Readonly<Record<string, number>>): string {
  return Object.entries(metrics)
    .map(([name, value]) => `${name} ${formatMeasure(value)}`)
    .join(', ');
}

/** The last lines a run prints: how it ended and with what. */
export function formatResult(record: RunRecord, status: string, directory: string): string {
  const { result, plan } = record;
  const attempt = record.attempts.at(-1);
  const lines = [`Run ${record.id}: ${status}${attempt?.error ? `: ${attempt.error.message}` : ''}`];
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
  if (attempt?.backend) lines.push(`  backend      ${attempt.backend}`);
  lines.push(`  run folder   ${directory}`);
  return lines.join('\n');
}
