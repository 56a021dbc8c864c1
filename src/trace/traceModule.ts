import type { SourcePlace } from '../cost/modelCost';
import * as api from '../api';
import { isExperiment } from '../api/experiment';
import { ExperimentError } from '../train/experimentError';
import { tfFile } from '../train/tfInstance';
import { analyseCode, type ExportedFunction } from './codeAnalysis';
import { Contained, StepReached } from './contained';
import { costTags, type CostTag } from './costTag';
import { DataStandIns } from './dataStandIns';
import { fieldPlaces } from './experimentFields';
import type { Layer } from './hooks/attribution';
import { LoopLimits } from './loopLimits';
import { missingKernelRemarks } from './missingKernels';
import { callWithin, runModule } from './moduleRunner';
import { isTimeout, Remarks } from './remarks';
import type { ModuleRequest, TracedModel, TraceResult } from './request';
import { ScriptWatch, type ScriptStep } from './scriptStep';
import type { TraceSession } from './session';
import { SourceLines } from './sourceLines';
import { argumentsOf, tagOf, unknownArguments } from './taggedFunction';
import { traceExperiment } from './traceExperiment';
import { ModelTracer } from './traceModel';
import { settled, turn, unlessStuck } from './waiting';

/** The top level of a file may take this long; its loops are left before. */
const evaluationMilliseconds = 5000;
const trains = /\.(fit|fitDataset|trainOnBatch|minimize|applyGradients)\s*\(/;

const standIns = new DataStandIns();
let traces = 0;

/** Traces what a module builds, returns, trains, or declares as an experiment. */
export async function traceModule(session: TraceSession, request: ModuleRequest): Promise<TraceResult> {
  return new ModuleTrace(session, request).run();
}

class ModuleTrace {
  private readonly remarks: Remarks;
  private readonly models: TracedModel[] = [];
  private watch: ScriptWatch;
  private trained = false;
  private readonly tracer: ModelTracer;
  private declaredAt: SourcePlace | undefined;

  constructor(
    private readonly session: TraceSession,
    private readonly request: ModuleRequest,
  ) {
    this.remarks = new Remarks(session, request.file);
    this.watch = new ScriptWatch(session);
    this.tracer = new ModelTracer(session, this.remarks, request);
  }

  async run(): Promise<TraceResult> {
    const { session, request } = this;
    const identifier = `compute-lens:${++traces}`;
    const analysed = analyseCode(request.code);
    const { file, sourceMap } = request;
    const lines = new SourceLines(identifier, sourceMap, folderOf(file), analysed.insertions);
    session.reset(lines);
    new LoopLimits((line, column) => {
      const place = lines.place(line, column);
      this.remarks.add(
        'information',
        'This loop was left after a second: a trace does not wait for it.',
        place,
      );
    });
    session.leftOut = (what) => this.remarks.add('information', what, session.callSites.places(60)[0]);
    session.stray = (error) => {
      if (!this.trained && !this.watch.step && !StepReached.is(error)) this.remarks.thrown(error);
    };
    const exported = await this.evaluate(identifier, analysed.code);
    await turn();
    // Before any function is called, and none of a file that broke off: half a model is no model.
    const atTopLevel = this.remarks.all.some(({ severity }) => severity === 'error')
      ? []
      : this.tracer.untraced();
    if (this.watch.step) this.scriptStep(this.watch.step, file);
    else if (exported && isExperiment(exported.default))
      await this.experiment(exported, fieldPlaces(analysed.experimentFields, lines));
    else if (exported) await this.functions(exported, analysed.functions, lines);
    await this.topLevelModels(atTopLevel);
    await turn();
    missingKernelRemarks(session.tf, request.backend, session.recorder.firstPlaces, this.remarks);
    for (const place of session.recorder.dependsOnData)
      this.remarks.add(
        'warning',
        'From here on the cost depends on data, which a trace does not have.',
        place,
      );
    return { models: this.models, remarks: this.remarks.all };
  }

  /** Runs the file, up to the end of its first training step if it trains. */
  private async evaluate(identifier: string, code: string): Promise<Record<string, unknown> | undefined> {
    const { session, request, watch } = this;
    const ours = {
      'tf.js': session.tf,
      'tfData.js': session.tf.data,
      'api.js': standIns.module(api, () => (this.declaredAt = session.callSites.places(60)[0])),
    };
    watch.begin();
    try {
      return await untilStep(watch, async () => {
        const module = { code, identifier, file: request.file };
        const exported = await runModule(module, ours, evaluationMilliseconds);
        if (trains.test(request.source) && !isExperiment(exported.default)) await settled(session, watch);
        return exported;
      });
    } catch (error) {
      if (!StepReached.is(error)) this.remarks.thrown(error);
      return undefined;
    } finally {
      watch.end();
    }
  }

  /** @param as the function that trains, where it is not the file itself */
  private scriptStep(
    { model, cost }: ScriptStep,
    file: string,
    as?: Pick<TracedModel, 'name' | 'place'>,
  ): void {
    this.trained = true;
    if (model) this.tracer.done(model);
    const name = model ? this.session.nameOf(model) : file.replace(/^.*[\\/]/, '');
    this.models.push({ ...cost, name, ...as, alsoAt: [] });
  }

  private async experiment(
    exported: Record<string, unknown>,
    fields: ReadonlyMap<string, SourcePlace>,
  ): Promise<void> {
    try {
      const { model, ...cost } = await traceExperiment(
        this.session,
        exported.default as Parameters<typeof traceExperiment>[1],
        this.request.file,
        {
          params: this.request.params,
          batchSize: this.request.batchOfExperiments ? this.request.batch : undefined,
        },
      );
      this.tracer.done(model);
      const madeAt = this.session.attribution.siteOf(model)[0];
      const budgetAt = fields.get('budget');
      this.models.push({
        ...cost,
        ...(cost.plan && { plan: { ...cost.plan, ...(budgetAt && { budgetAt }) } }),
        ...(this.declaredAt && { place: this.declaredAt }),
        alsoAt: madeAt ? [madeAt] : [],
      });
    } catch (error) {
      const field = error instanceof ExperimentError ? error.location?.field : undefined;
      this.remarks.thrown(error, fields.get(field ?? '') ?? this.declaredAt);
    }
  }

  private async functions(
    exported: Record<string, unknown>,
    functions: readonly ExportedFunction[],
    lines: SourceLines,
  ): Promise<void> {
    const tags = costTags(this.request.source);
    for (const each of functions) {
      const value = exported[each.name];
      const place = lines.place(each.line, each.column);
      if (typeof value !== 'function') continue;
      const tag =
        place && place.file === this.request.file ? tagOf(tags, functions, lines, place.line) : undefined;
      if (tag?.problem)
        this.remarks.add('warning', tag.problem, { file: this.request.file, line: tag.line, column: 1 });
      else if (tag || value.length === 0) await this.call(each, value as Callable, tag, place);
    }
  }

  private async call(
    { name, params }: ExportedFunction,
    callable: Callable,
    tag: CostTag | undefined,
    place: SourcePlace | undefined,
  ): Promise<void> {
    const { session } = this;
    const before = session.attribution.created.length;
    const watch = (this.watch = new ScriptWatch(session));
    for (const each of unknownArguments(params, tag))
      this.remarks.add('warning', `@cost gives ${each}, which ${name}() does not take.`, {
        file: this.request.file,
        line: tag?.line ?? 1,
        column: 1,
      });
    let returned: unknown;
    let failed = false;
    watch.begin();
    try {
      returned = await untilStep(watch, async () =>
        callWithin(evaluationMilliseconds, () => callable(...argumentsOf(params, tag))),
      );
    } catch (error) {
      failed = true;
      if (watch.step)
        return this.scriptStep(watch.step, this.request.file, { name, ...(place && { place }) });
      // A function that was never meant to be called alone fails before it builds anything.
      const built = session.attribution.created.length > before;
      if (tag || built || isFromTensorflow(error) || isTimeout(error)) this.remarks.thrown(error, place);
    } finally {
      watch.end();
    }
    const inputShape = tag?.args.inputShape as number[] | undefined;
    // One that builds a model and does not give it back, perhaps not yet: the model is what matters.
    const built = this.tracer
      .untraced()
      .filter((model) => session.attribution.created.indexOf(model) >= before);
    const made =
      (await this.tracer.trace(returned, { inputShape, place })) ??
      (failed ? undefined : await this.tracer.trace(built.at(-1), { inputShape, place }));
    if (made) this.models.push({ ...made, name, ...(place && { place }), alsoAt: [] });
    else if (tag && returned !== undefined)
      this.remarks.add(
        'warning',
        `${name}() returns neither a model nor a layer of a known input shape.`,
        place,
      );
  }

  /** Models that the file builds at its top level, and that nothing above has traced. */
  private async topLevelModels(built: readonly Layer[]): Promise<void> {
    for (const model of built.filter((each) => !this.tracer.isDone(each))) {
      const place = this.session.attribution.siteOf(model)[0];
      const made = await this.tracer.trace(model, { place });
      if (made)
        this.models.push({ ...made, name: this.session.nameOf(model), ...(place && { place }), alsoAt: [] });
    }
  }
}

type Callable = (...args: unknown[]) => unknown;

/** Ends with `work`, or when the first training step is over, from which the work may never come back. */
async function untilStep<T>(watch: ScriptWatch, work: () => Promise<T>): Promise<T> {
  const result = await unlessStuck(work);
  if (watch.step) throw new StepReached();
  return result;
}

function isFromTensorflow(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof Contained) return false;
  const first = error.stack?.split('\n').find((line) => /^\s+at /.test(line)) ?? '';
  // What a kernel says of shapes comes from this file.
  return [tfFile(), __filename].some((file) => first.includes(file));
}

function folderOf(file: string): string {
  return file.replace(/[\\/][^\\/]*$/, '');
}
