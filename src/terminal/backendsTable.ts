import { markdownTable } from 'markdown-table';
import { formatBytes, formatThree } from '../protocol/format';
import type { BackendState } from '../train/backendUnavailable';
import type { BackendReport } from '../train/probe';

const stateTexts: Readonly<Record<BackendState, string>> = {
  notInstalled: 'not installed',
  doesNotStart: 'does not start',
  doesNotTrain: 'does not train',
  trains: 'trains',
};

/** What every backend can do here as a table, what its figures are, and what is to be done about those that cannot. */
export function backendsText(reports: readonly BackendReport[]): string {
  const head = ['backend', 'state', 'GFLOP/s', 'GB/s', 'threads', 'version and device'];
  const table = markdownTable([head, ...reports.map(row)], { align: ['l', 'l', 'r', 'r', 'r', 'l'] });
  const problems = reports.flatMap(problem);
  return `${[table, figures(reports), ...problems].filter(Boolean).join('\n\n')}\n`;
}

/** Why it cannot be used or was not measured, and what to do. */
function problem({ name, state, detail, unmeasured }: BackendReport): string[] {
  if (state === 'notInstalled') return [`${name}: ${detail}`];
  if (state !== 'trains') return [`${name} ${stateTexts[state]}: ${detail}`];
  return unmeasured === undefined ? [] : [`${name} could not be measured: ${unmeasured}`];
}

function row({ name, state, detail, threads, peak }: BackendReport): string[] {
  const trains = state === 'trains';
  return [
    name,
    stateTexts[state],
    peak ? formatThree(peak.matmul.gigaflopsPerSecond) : '',
    peak?.add ? formatThree(peak.add.gigabytesPerSecond) : '',
    threads === undefined ? '' : String(threads),
    trains ? detail : '',
  ];
}

/** What the columns mean, and when they were measured. */
function figures(reports: readonly BackendReport[]): string {
  const peak = reports.find((report) => report.peak?.add)?.peak;
  if (!peak?.add) return '';
  return (
    `Measured ${peak.add.measuredAt.slice(0, 10)}, the fastest seen: GFLOP/s of a float32 product of square ` +
    `matrices (a multiply-accumulate is two), GB/s of a sum of two tensors of ${formatBytes(peak.add.bytes)}, both ` +
    'read and one written. The machine may be able to do more.'
  );
}
