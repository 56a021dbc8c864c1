import path from 'node:path';
import type { Surroundings } from '../cost/budget';
import { packNumber, type Cell, type RunRow } from '../protocol/runsTable';
import { sumUp } from '../report/ledger';
import type { RunDigest } from '../runs/digest';
import { isGpu, type RunRecord, type RunStatus } from '../runs/record';
import type { RunSummary } from '../runs/runIndex';
import { UsageReader } from '../runs/usage';
import { betterOf, type RunColumns } from './runsTableColumns';
import { isLive } from '../runs/standing';

/** What a run's row is made of. */
export interface RowSource {
  readonly summary: RunSummary;
  /** Absent until its events were read: then the record alone tells. */
  readonly digest: RunDigest | undefined;
}

/** The row of a run. Columns of parameters and metrics that no run had before are added. */
export function rowOf(
  { summary, digest }: RowSource,
  columns: RunColumns,
  surroundings: Surroundings,
): RunRow {
  const { directory, record, status, about = {}, problem } = summary;
  const cells: Cell[] = [];
  const put = (place: number, value: Cell | undefined) => {
    while (cells.length <= place) cells.push(null);
    cells[place] = value ?? null;
  };
  const set = (id: string, value: Cell | undefined) => put(columns.of(id), value);
  set('name', about.name ?? record?.name ?? summary.id);
  set('status', status ?? `cannot be read: ${problem ?? 'unknown'}`);
  set('tags', about.tags?.join(', '));
  set('notes', about.notes);
  set('archived', about.archived ?? false);
  set('id', summary.id);
  set('folder', path.basename(path.resolve(directory, '..', '..', '..')));
  if (record && status) {
    putOrigin(record, set);
    for (const [name, value] of Object.entries(record.params)) put(columns.param(name, value), packed(value));
    putMetrics(record, digest, columns, put);
    putCompute(record, status, digest, surroundings, set);
  }
  return { key: directory, cells, live: isLive(status) };
}

function putOrigin(record: RunRecord, set: (id: string, value: Cell | undefined) => void): void {
  const attempt = record.attempts.at(-1);
  set('started', Date.parse(record.createdAt));
  set('file', record.file);
  set('backend', attempt?.backend ?? record.requestedBackend);
  set('seed', record.seed);
  set('commit', record.git?.commit.slice(0, 8));
  set('dirty', record.git?.dirty);
  set('data', record.plan?.data);
  set('host', attempt?.host);
  set('device', (isGpu(attempt?.backend) ? record.device.gpu : undefined) ?? record.device.cpu);
  set('version', record.versions['compute-lens']);
  set('parameters', record.plan?.parameters);
  set('attempts', record.attempts.length);
}

function putMetrics(
  { result }: RunRecord,
  digest: RunDigest | undefined,
  columns: RunColumns,
  put: (place: number, value: Cell) => void,
): void {
  if (digest) {
    for (const [key, { last, lowest, highest }] of Object.entries(digest.curves)) {
      const less = betterOf(key.slice(key.indexOf('/') + 1)) === 'less';
      put(columns.metric(key, 'last'), packNumber(last));
      put(columns.metric(key, 'best'), packNumber(less ? lowest : highest));
    }
    return;
  }
  if (result?.loss !== undefined) put(columns.metric('train/loss', 'last'), packNumber(result.loss));
  for (const [name, value] of Object.entries(result?.evaluation ?? {}))
    put(columns.metric(`test/${name}`, 'last'), packNumber(value));
}

function putCompute(
  record: RunRecord,
  status: RunStatus,
  digest: RunDigest | undefined,
  surroundings: Surroundings,
  set: (id: string, value: Cell | undefined) => void,
): void {
  const { result } = record;
  const attempts = digest?.attempts ?? new UsageReader().usage(record, status, Date.now());
  const sum = sumUp([{ record, status, attempts }], surroundings);
  const counted = attempts.some(({ trainingFlops }) => trainingFlops !== undefined);
  set('steps', digest?.step ?? result?.step);
  set('seconds', packNumber(sum.seconds));
  set('flops', packNumber(counted ? sum.trainingFlops : digest ? undefined : result?.flops));
  set('evaluationFlops', packNumber(sum.evaluationFlops || (digest ? undefined : result?.evaluationFlops)));
  if (result?.sparsity) set('sparsity', 1 - result.sparsity.density);
  if (sum.energy.parts.length === 0) return;
  set('joules', packNumber(sum.energy.joules.value));
  set('provenance', sum.energy.provenance);
  set('gramsCO2e', packNumber(sum.gramsCO2e.value));
  set('cost', packNumber(sum.cost?.value));
}

function packed(value: Cell): Cell {
  return typeof value === 'number' ? packNumber(value) : value;
}
