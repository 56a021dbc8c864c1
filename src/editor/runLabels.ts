import type { RunObservation } from '../panels/runView';
import { budgetOf } from '../panels/runView';
import {
  formatAge,
  formatCount,
  formatMeasure,
  formatPercent,
  formatSeconds,
  formatSecondsInterval,
} from '../protocol/format';
import type { Place } from '../runs/queue';
import type { ParamValue, RunRecord, RunStatus } from '../runs/record';
import type { RunSummary } from '../runs/runIndex';
import { canResume, isLive } from '../runs/standing';
import { runName } from './runName';

const icons: Record<RunStatus, { icon: string; colour?: string }> = {
  queued: { icon: 'clock' },
  starting: { icon: 'loading~spin' },
  running: { icon: 'sync~spin', colour: 'charts.blue' },
  finished: { icon: 'pass', colour: 'charts.green' },
  stopped: { icon: 'stop-circle', colour: 'charts.yellow' },
  failed: { icon: 'error', colour: 'list.errorForeground' },
  crashed: { icon: 'debug-disconnect', colour: 'list.errorForeground' },
};

/** Product icon and theme colour of a run's state. */
export function runIcon(summary: RunSummary): { icon: string; colour?: string } {
  return summary.status ? icons[summary.status] : { icon: 'question', colour: 'list.warningForeground' };
}

/** For `when` clauses of menus: which actions the run allows. */
export function runContext({ record, status, about }: RunSummary): string {
  if (!record || !status) return 'run.unreadable';
  if (status === 'queued') return 'run.queued';
  if (isLive(status)) return 'run.live';
  const context = canResume(record, status) ? 'run.resumable' : 'run.done';
  return about?.archived ? `${context} archived` : context;
}

/** What a list knows of a run beyond the run itself. */
export interface InList {
  /** Of a run that waits. */
  readonly place?: Place | undefined;
  /** Names of the parameters that tell it from others of its experiment. */
  readonly telling?: readonly string[];
}

/** One line about how a run stands: "43 %, 2 min left, loss 0.12" or "finished, test acc 0.979, lr 0.01, 2 h ago". */
export function runDescription(
  summary: RunSummary,
  observed: RunObservation | undefined,
  now: number,
  { place, telling = [] }: InList = {},
): string {
  const { record, status } = summary;
  if (!record || !status) return 'cannot be read';
  if (status === 'queued') {
    const asked = record.attempts.length > 0 ? resumption(record, place, telling) : askedFor(record);
    return ['waiting', ...asked].join(', ');
  }
  if (isLive(status)) return liveDescription(observed, status);
  const parts: string[] = [status];
  const { result, plan } = record;
  if (status !== 'finished' && result) {
    const of = plan?.totalSteps === undefined ? '' : ` / ${formatCount(plan.totalSteps)}`;
    parts.push(`step ${formatCount(result.step)}${of}`);
  }
  const measure = headline(result?.loss, result?.evaluation);
  if (measure !== undefined) parts.push(measure);
  parts.push(...toldApart(record, telling));
  const ended = record.attempts.at(-1)?.endedAt ?? record.attempts.at(-1)?.startedAt ?? record.createdAt;
  parts.push(formatAge(Date.parse(ended), now));
  return parts.join(', ');
}

function resumption(record: RunRecord, place: Place | undefined, telling: readonly string[]): string[] {
  const from = place?.fromStep === undefined ? '' : ` at step ${formatCount(place.fromStep)}`;
  return [`resumes${from}`, ...toldApart(record, telling)];
}

/** Whoever wants more points at the row: one that is too long says nothing. */
const mostTold = 3;
const longestTold = 24;

function toldApart({ params }: RunRecord, telling: readonly string[]): string[] {
  const texts = telling.flatMap((name) =>
    params[name] === undefined ? [] : `${name} ${shortly(params[name])}`,
  );
  const short = texts.map((text) =>
    text.length > longestTold ? `${text.slice(0, longestTold - 1)}…` : text,
  );
  return short.length > mostTold ? [...short.slice(0, mostTold), '…'] : short;
}

/** Without the last digits of what was computed: 10 ** -4 is 0.0001. */
function shortly(value: ParamValue): ParamValue {
  return typeof value === 'number' ? Number(value.toPrecision(6)) : value;
}

/** What tells runs of one experiment apart before they have begun. */
function askedFor({ params, seed, requestedBackend }: RunRecord): string[] {
  return [
    ...Object.entries(params).map(([name, value]) => `${name}=${value}`),
    ...(seed === undefined ? [] : [`seed ${seed}`]),
    ...(requestedBackend === 'auto' ? [] : [requestedBackend]),
  ];
}

function liveDescription(observed: RunObservation | undefined, status: RunStatus): string {
  if (!observed || observed.history.step === 0) return status;
  const { history, record, stopping, pace } = observed;
  const total = record.plan?.totalSteps;
  const left = total === undefined ? undefined : pace.remaining(Math.max(0, total - history.step));
  const tested = Object.entries(history.latest).find(([name]) => /^test\/(?!loss$)/.test(name));
  const loss = history.latest['train/loss'];
  return [
    ...(stopping ? ['stopping'] : []),
    total === undefined ? `step ${formatCount(history.step)}` : formatPercent(history.step / total),
    ...(left && !stopping ? [`${formatSecondsInterval(left)} left`] : []),
    ...(loss === undefined ? [] : [`loss ${formatMeasure(loss)}`]),
    ...(tested ? [`test ${tested[0].slice('test/'.length)} ${formatMeasure(tested[1])}`] : []),
  ].join(', ');
}

/** The figure a run is judged by: its last evaluation's metric, else its loss. */
function headline(
  loss: number | undefined,
  evaluation: Readonly<Record<string, number>> | undefined,
): string | undefined {
  const metric = Object.entries(evaluation ?? {}).find(([name]) => name !== 'loss');
  if (metric) return `test ${metric[0]} ${formatMeasure(metric[1])}`;
  const tested = evaluation?.loss;
  if (tested !== undefined) return `test loss ${formatMeasure(tested)}`;
  return loss === undefined ? undefined : `loss ${formatMeasure(loss)}`;
}

/** The status bar's text for the live runs, product icons included; undefined where none runs or waits. */
export function statusBarText(
  live: readonly { readonly summary: RunSummary; readonly observed: RunObservation | undefined }[],
  waiting: number,
  now: number,
): string | undefined {
  const [first] = live;
  if (!first) return waiting > 0 ? `$(clock) ${waiting} waiting` : undefined;
  const name = plainLabel(runName(first.summary, first.observed?.record));
  const line = waiting > 0 ? `, ${waiting} waiting` : '';
  const rest = `${live.length > 1 ? ` (+${live.length - 1})` : ''}${line}`;
  const { history, record, stopping } = first.observed ?? {};
  if (!history || history.step === 0) return `$(sync~spin) ${name}: starting${rest}`;
  const total = record?.plan?.totalSteps;
  const done =
    total === undefined ? `step ${formatCount(history.step)}` : formatPercent(history.step / total);
  const loss = history.latest['train/loss'];
  const parts = [
    name,
    stopping ? 'stopping' : done,
    ...(loss === undefined ? [] : [`loss ${formatMeasure(loss)}`]),
    ...(first.observed ? budgetLeft(first.observed, now) : []),
  ];
  return `$(sync~spin) ${parts.join(' ')}${rest}`;
}

/** Of the limit that is reached the furthest. */
function budgetLeft(observation: RunObservation, now: number): string[] {
  const { record, status, usage } = observation;
  const shares = (budgetOf(observation, usage.usage(record, status, now)) ?? []).map(
    ({ used, limit }) => used / limit,
  );
  if (shares.length === 0) return [];
  return [`${formatPercent(Math.max(0, 1 - Math.max(...shares)))} of budget left`];
}

/** A name may not bring icons of its own. */
function plainLabel(text: string): string {
  return text.replaceAll('$(', '$ (');
}

/** Lines for a tooltip: name and value. */
export function runFacts(summary: RunSummary): [string, string][] {
  const { record, status, problem } = summary;
  if (!record) return [['Problem', problem ?? 'its run.json cannot be read']];
  const attempt = record.attempts.at(-1);
  const facts: [string, string][] = [['State', status ?? 'unknown']];
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined && value !== '') facts.push([name, value]);
  };
  add('Error', attempt?.error?.message);
  add('Notes', summary.about?.notes);
  add('Tags', summary.about?.tags?.join(', '));
  add('Experiment', summary.about?.name === undefined ? undefined : record.name);
  add('File', record.file);
  add('Backend', attempt?.backend ?? record.requestedBackend);
  add('Data', record.plan?.data);
  add(
    'Parameters',
    Object.entries(record.params)
      .map(([name, value]) => `${name}=${value}`)
      .join(', '),
  );
  add('Seed', record.seed === undefined ? undefined : String(record.seed));
  if (record.result) {
    add('Step', formatCount(record.result.step));
    add('Time', formatSeconds(record.result.seconds));
    for (const [name, value] of Object.entries(record.result.evaluation ?? {}))
      add(`Test ${name}`, formatMeasure(value));
  }
  add('Started', new Date(record.createdAt).toLocaleString());
  add('Run', summary.id);
  return facts;
}
