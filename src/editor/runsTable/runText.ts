import { formatFigure } from '../../protocol/formatRun';
import type { RunColumn, RunRow } from '../../protocol/runsTable';
import type { RunRecord } from '../../runs/record';

/**
 * A run as lines that can be compared with those of another: what was asked, on what it ran, what came of it. Figures
 * that differ by nature (times, ids) come last.
 */
export function runText(record: RunRecord, row: RunRow, columns: readonly RunColumn[]): string {
  const lines = [`# ${String(row.cells[0] ?? record.name)}`];
  const section = (title: string, entries: readonly (readonly [string, unknown])[]) => {
    const known = entries.filter(([, value]) => value !== undefined && value !== '');
    if (known.length > 0)
      lines.push('', `## ${title}`, ...known.map(([name, value]) => `${name}: ${String(value)}`));
  };
  const figures = (group: RunColumn['group']) =>
    columns
      .map((column, place) => ({ column, text: formatFigure(column.kind, row.cells[place] ?? null) }))
      .filter(({ column, text }) => column.group === group && text !== '')
      .sort((a, b) => a.column.title.localeCompare(b.column.title))
      .map(({ column, text }) => [column.title, text] as const);
  section('Parameters', Object.entries(record.params).sort(byName));
  section('Experiment', [
    ['file', record.file],
    ['data', record.plan?.data],
    ['seed', record.seed],
    ['batch size', record.plan?.batchSize],
    ['epochs', record.plan?.epochs],
    ['weights', record.plan?.parameters],
  ]);
  section('Code', codeLines(record));
  section('Environment', environment(record));
  section('Metrics (measured)', figures('Metrics'));
  section('Compute', figures('Compute'));
  section('Run', [
    ['status', row.cells[columns.findIndex(({ id }) => id === 'status')]],
    ['id', record.id],
    ['started', record.createdAt],
  ]);
  return `${lines.join('\n')}\n`;
}

/** What is known of the code that ran. */
function codeLines({ git }: RunRecord): [string, string][] {
  if (!git) return [['commit', 'not known: the folder was in no git repository']];
  return [
    ['commit', git.commit],
    ['uncommitted changes', git.dirty ? 'yes: what ran is not quite what the commit has' : 'none'],
  ];
}

function environment(record: RunRecord): [string, unknown][] {
  const attempt = record.attempts.at(-1);
  return [
    ['backend', attempt?.backend ?? record.requestedBackend],
    ['machine', attempt?.host],
    ['platform', record.device.platform],
    ['processor', `${record.device.cpu}, ${record.device.cores} cores`],
    ['gpu', record.device.gpu],
    ...Object.entries(record.versions).sort(byName),
  ];
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
