import type * as tfjs from '@tensorflow/tfjs';
import type { ModelCost, SourcePlace } from '../cost/modelCost';
import { size } from '../cost/kernel';
import { StepReached } from './contained';
import type { Layer } from './hooks/attribution';
import { measure } from './modelStep';
import type { TraceSession } from './session';
import { stepTimeline } from './timeline';
import { containersIn, isContainer, layersOf, paramsOf, summarize } from './summarize';

export interface ScriptStep {
  readonly cost: Omit<ModelCost, 'name'>;
  /** The model that is trained, where it is one. */
  readonly model: Layer | undefined;
}

/**
 * Watches code that trains by itself (`fit`, `trainOnBatch`, `minimize`, a loop of its own) and ends it when its first
 * training step is over, whatever that step is.
 */
export class ScriptWatch {
  step: ScriptStep | undefined;

  constructor(private readonly session: TraceSession) {}

  begin(): void {
    const { recorder } = this.session;
    recorder.start(true);
    recorder.onUpdate(() => {
      this.step ??= this.describe();
      throw new StepReached();
    });
    // Code that goes on all the same, having caught what ends it, ends at its next operation.
    recorder.checkpoint = () => {
      if (this.step) throw new StepReached();
    };
  }

  end(): void {
    const { recorder } = this.session;
    recorder.onUpdate(undefined);
    recorder.checkpoint = undefined;
    recorder.stop();
  }

  private describe(): ScriptStep {
    const { session } = this;
    const { attribution, recorder } = session;
    const updatedFrom = session.callSites.places(60)[0];
    const recording = recorder.stop();
    const used = new Set(recording.kernels.flatMap(({ scope }) => (scope ? scope.layer : [])));
    const models = attribution.created.filter(isContainer);
    const inner = new Set(models.flatMap(containersIn));
    const model = models
      .filter((container) => !inner.has(container))
      .filter((container) => layersOf(container).some((layer) => used.has(layer)))
      .sort((a, b) => layersOf(b).length - layersOf(a).length)[0];
    const layers = model ? layersOf(model) : [];
    const memory = measure(session, []);
    const summary = summarize(session, recording, layers);
    // What an optimizer counts for itself is a variable, too, but the forward pass does not read it.
    const read = new Set(
      recording.kernels.flatMap(({ phase, inputIds }) => (phase === 'forward' ? inputIds : [])),
    );
    const updated = new Set(
      recording.kernels.flatMap(({ variable, inputIds }) =>
        variable && inputIds.some((id) => read.has(id)) ? variable : [],
      ),
    );
    const params = [...updated].reduce((sum, variable) => sum + size(variable.shape), 0);
    const batch =
      recording.activations.find(({ layer }) => layers.includes(layer))?.outputs[0]?.shape[0] ?? 1;
    const inputs = (model as unknown as tfjs.LayersModel | undefined)?.inputs ?? [];
    const place: SourcePlace | undefined = model ? attribution.siteOf(model)[0] : updatedFrom;
    return {
      model,
      cost: {
        ...summary,
        ...(place && { place }),
        ...(model ? paramsOf(...layers) : { params, trainableParams: params }),
        batch,
        timeline: stepTimeline(session, recording, layers, {
          batch,
          held: memory.timelineOfAll(recording),
          base: memory.baseOfAll(recording),
        }),
        batchIsFree: false,
        inputShapes: inputs.map(({ shape }) => [batch, ...shape.slice(1).map((length) => length ?? 1)]),
        peakBytes: memory.peakOfAll(recording),
        weightBytes: 4 * params,
        assumptions: [],
        ...(!model && { ownStep: true }),
      },
    };
  }
}
