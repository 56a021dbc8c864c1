import path from 'node:path';
import { costAt, type BatchFit } from '../cost/batchFit';
import type { ModelCost } from '../cost/modelCost';
import { allFlops } from '../cost/report';
import { peakIndex, type StepTimeline } from '../cost/timeline';
import { phases, totalWork, type Convention } from '../cost/work';
import type { Comparison, CostTimeline, CostView, Roof, WhatIf } from '../protocol/costPanel';
import type { KnownDevice, PredictionReport } from '../train/predictionReport';
import type { RunTiming } from '../train/runTiming';
import { rowsOf, totalsOf } from './costRows';
import { labelledModels, labelOf } from './modelLabels';
import { sparseWhatIf } from './sparseWhatIf';

/** A model as the editor knows it. */
export interface PanelModel {
  readonly model: ModelCost & { readonly fit?: BatchFit | undefined };
  /** File that was traced. */
  readonly entry: string;
  readonly stale: string | undefined;
}

/** What a view is made of. */
export interface Question {
  readonly file: string;
  readonly convention: Convention;
  readonly traced: boolean;
  readonly models: readonly PanelModel[];
  readonly chosen: PanelModel | undefined;
  /** The chosen model as it is asked for; absent where that is not known yet. */
  readonly exact?: ModelCost | undefined;
  readonly whatIf: WhatIf;
  readonly comparison?: Comparison | undefined;
  readonly other?:
    { readonly label: string; readonly model?: ModelCost; readonly problem?: string } | undefined;
  readonly roofs: readonly Roof[];
  /** What the shown model takes on the device that was calibrated. */
  readonly timing?: ModelTiming | undefined;
}

/** What is known of the time of a model as it is shown. */
export interface ModelTiming {
  readonly known: KnownDevice;
  readonly report: PredictionReport;
  readonly sources: readonly string[];
  /** Of its last run, where there is one. */
  readonly run?: RunTiming | undefined;
}

/** All that the page shows. */
export function costView(question: Question): CostView {
  const { file, convention, traced, models, chosen, whatIf, comparison, other, roofs, timing } = question;
  return {
    asked: {
      ...(chosen && { model: labelOf(models, chosen) }),
      whatIf,
      ...(comparison && { comparison }),
    },
    file: path.basename(file),
    convention,
    traced,
    models: [...labelledModels(models).keys()],
    ...(chosen && { shown: shownOf(question, chosen) }),
    ...(other && {
      other: {
        label: other.label,
        ...(other.model && { totals: totalsOf(other.model, convention) }),
        ...(other.problem !== undefined && { problem: other.problem }),
      },
    }),
    roofs: [...roofs],
  };

  function shownOf({ exact }: Question, { model: own, entry, stale }: PanelModel) {
    const model = exact ?? atBatch(own, whatIf.batch);
    const { sparsity, distribution = 'uniform', evolving } = whatIf;
    const { epochs, stepsPerEpoch } = model.plan ?? {};
    const steps = epochs === undefined || stepsPerEpoch === undefined ? undefined : epochs * stepsPerEpoch;
    const sparse =
      sparsity === undefined
        ? undefined
        : sparseWhatIf(model.layers, model.batch, { sparsity, distribution, evolving, steps });
    const { timeline } = model;
    const uncovered = Object.entries(totalWork(model.work).uncovered).map(
      ([kernel, n]) => `${kernel} (${n})`,
    );
    return {
      name: own.name,
      ...(entry !== file && { tracedFrom: path.basename(entry) }),
      ...(stale !== undefined && { stale }),
      ownBatch: own.batch,
      canSetBatch: mayHaveBatch(own),
      pending: exact === undefined && stale === undefined,
      totals: totalsOf(model, convention),
      rows: rowsOf(model, convention, { other: other?.model, sparse, profile: timing?.known.profile }),
      ...(timing && timingOf(model, timing)),
      ...(timeline?.batch === model.batch && { timeline: timelineOf(timeline) }),
      ...(sparse && { sparse: sparse.totals }),
      notes: [
        ...model.assumptions.map((assumption) => `Assumed: ${assumption}.`),
        ...(uncovered.length > 0 ? [`In no figure: ${uncovered.join(', ')}.`] : []),
      ],
    };
  }
}

/** @param model that runs are of only at the batch size that they train with */
function timingOf(model: ModelCost, { known, report, sources, run }: ModelTiming) {
  const { backend } = known.device;
  return {
    timing: { backend, dense: model.sparsity !== undefined, ...report, sources: [...sources] },
    ...(run && {
      measured: {
        backend: run.backend,
        seconds: run.stepSeconds,
        flops: allFlops(model.work),
        bytesMoved: totalWork(model.work).bytesMoved,
      },
    }),
  };
}

/** Whether another batch size makes sense: not where it is part of the model, or of a script. */
function mayHaveBatch({ batchIsFree, plan }: ModelCost): boolean {
  return batchIsFree || plan !== undefined;
}

/** A model at a batch size, where that follows without a trace; else as it is. */
export function atBatch(model: PanelModel['model'], batch = model.batch): ModelCost {
  if (batch === model.batch || !model.fit) return model;
  return { ...model, ...costAt(model.fit, batch) };
}

function timelineOf(timeline: StepTimeline): CostTimeline {
  const { batch: _, layers, atPeak, ...columns } = timeline;
  return {
    ...(Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, [...column]])) as {
      [K in keyof typeof columns]: number[];
    }),
    layers: [...layers],
    phases: [...phases],
    peak: peakIndex(timeline),
    atPeak: atPeak.map((part) => ({ ...part })),
  };
}
