import fs from 'node:fs';
import path from 'node:path';
import { reportModel } from '../cost/report';
import { surroundingsOf } from '../cost/surroundings';
import { costText } from '../cost/table';
import type { Convention } from '../cost/work';
import { costFormats } from '../protocol/formatCost';
import { overspendText } from '../protocol/formatOverspend';
import type { BackendChoice } from '../runs/record';
import { RunIndex } from '../runs/runIndex';
import { Bundler, BundleError } from '../trace/bundle';
import type { TracedModel, TraceRemark, TraceRequest, TraceResult } from '../trace/request';
import { TracerClient, TracerEnded } from '../trace/tracerClient';
import { foreseenOverspends } from '../train/foresee';
import { predictedDevice } from '../train/predictedDevice';
import { predictionReport } from '../train/predictionReport';
import { lastRunOf, runTiming, type RunTiming } from '../train/runTiming';
import { timeLines } from './prediction';
import { checkedSurroundings, type SurroundingsOptions } from './surroundingsOptions';
import { UsageError } from './usageError';
import { findWorkspace } from './workspace';

export interface CostOptions extends SurroundingsOptions {
  readonly batch?: number;
  readonly backend?: BackendChoice;
  readonly convention: Convention;
  readonly json?: boolean;
}

/** Says what the models of a file cost; 1 where the file is in error. */
export async function costCommand(file: string, options: CostOptions): Promise<number> {
  const absolute = path.resolve(file);
  if (!fs.existsSync(absolute)) throw new UsageError(`${file} does not exist.`);
  if (!/\.([cm]?[jt]sx?|json)$/.test(absolute) || !fs.statSync(absolute).isFile())
    throw new UsageError(`${file} is neither a TypeScript or JavaScript file nor a model.json.`);
  const surroundings = surroundingsOf(checkedSurroundings(options));
  const result = await traced(absolute, options);
  const failed = result.remarks.some(({ severity }) => severity === 'error');
  if (options.backend?.startsWith('tensorflow'))
    process.stderr.write(
      `The kernels of ${options.backend} are not known here, so none is said to be missing.\n`,
    );
  for (const remark of result.remarks) process.stderr.write(`${remarkLine(remark)}\n`);
  const known = await predictedDevice(options.backend);
  const times = await timesOf(result, absolute);
  for (const { model, place } of result.models.flatMap((model) => budgetPlace(model, absolute)))
    for (const each of foreseenOverspends(model, undefined, known, surroundings)) {
      const message = overspendText(each, surroundings.prices.currency);
      const severity = each.likely ? 'warning' : 'information';
      process.stderr.write(`${remarkLine({ severity, message, place })}\n`);
    }
  const models = result.models.map((model) => {
    const predicted = known && predictionReport(model, known, surroundings);
    const measured = times.get(model);
    const report = reportModel(model, options.convention);
    return {
      model,
      said: timeLines(model, known, predicted, measured),
      report: { ...report, ...(predicted && { predicted }), ...(measured && { measured }) },
    };
  });
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ ...(known && models.length > 0 && { device: known.device }), models: models.map(({ report }) => report) })}\n`,
    );
  else {
    for (const { model, said } of models)
      process.stdout.write(`${costText(model, options.convention, costFormats(options.convention), said)}\n`);
    if (models.length === 0 && result.remarks.length === 0)
      process.stderr.write(
        `${file} builds no model, and exports no function that returns one without arguments. ` +
          'Give a function its arguments in a comment above it: /** @cost inputShape=[32,32,3] classes=10 */\n',
      );
  }
  return failed ? 1 : 0;
}

/** Where a model's budget is named, for those that have one. */
function budgetPlace(
  model: TracedModel,
  file: string,
): { model: TracedModel; place: TraceRemark['place'] }[] {
  const { budget, budgetAt } = model.plan ?? {};
  return budget ? [{ model, place: budgetAt ?? model.place ?? { file, line: 1, column: 1 } }] : [];
}

/** What the last run of each model took, where there is one. */
async function timesOf({ models }: TraceResult, file: string): Promise<ReadonlyMap<TracedModel, RunTiming>> {
  const times = new Map<TracedModel, RunTiming>();
  const runs = await new RunIndex([findWorkspace(path.dirname(file))]).refresh();
  for (const model of models) {
    const run = lastRunOf(model, file, runs);
    const timing = run && (await runTiming(run).catch(() => undefined));
    if (timing) times.set(model, timing);
  }
  return times;
}

async function traced(file: string, options: CostOptions): Promise<TraceResult> {
  const bundler = new Bundler(() => undefined);
  const tracer = new TracerClient({ limitMilliseconds: 60_000 });
  try {
    return await tracer.trace(await requestOf(bundler, file, options));
  } catch (error) {
    if (error instanceof BundleError) return onlyRemark(error.message, error.place);
    if (error instanceof TracerEnded) return onlyRemark(error.message, { file, line: 1, column: 1 });
    throw error;
  } finally {
    tracer.dispose();
    await bundler.dispose();
  }
}

async function requestOf(bundler: Bundler, file: string, options: CostOptions): Promise<TraceRequest> {
  const common = {
    file,
    workspace: process.cwd(),
    batch: options.batch ?? 1,
    batchOfExperiments: true,
    ...(options.backend !== undefined && options.backend !== 'auto' && { backend: options.backend }),
  };
  if (file.endsWith('.json')) return { kind: 'savedModel', ...common };
  const { code, sourceMap, source } = await bundler.bundle(file);
  return { kind: 'module', ...common, code, sourceMap, source };
}

function onlyRemark(message: string, place: TraceRemark['place']): TraceResult {
  return { models: [], remarks: [{ severity: 'error', message, place }] };
}

function remarkLine({ severity, message, place }: TraceRemark): string {
  return `${path.relative(process.cwd(), place.file)}:${place.line}:${place.column}: ${severity}: ${message}`;
}
