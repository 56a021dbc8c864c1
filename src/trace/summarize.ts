import type * as tfjs from '@tensorflow/tfjs';
import { addAmounts, addFusedLayer, type OpenAmounts } from '../cost/amounts';
import { bytesOf, size } from '../cost/kernel';
import type { LayerCost, LineCost, ModelCost, WeightSparsity } from '../cost/modelCost';
import { addCost, costOf, noPhaseWork, type PhaseWork } from '../cost/work';
import type { Attribution, Layer, LayerScope } from './hooks/attribution';
import { unusedKernels } from './liveness';
import type { RecordedKernel, Recording } from './hooks/recorder';
import type { TraceSession } from './session';
import type { Place } from './sourceLines';

export type StepCost = Pick<ModelCost, 'work' | 'amounts' | 'layers' | 'lines' | 'optimizerBytes'>;

const nowhere: readonly Place[] = [];

/** What kernels do, added up, and what takes a device its time. */
interface Sums {
  readonly work: PhaseWork;
  readonly amounts: OpenAmounts;
}

interface OpenLayer extends Sums {
  readonly layer: Layer;
}

function nothing(): Sums {
  return { work: noPhaseWork(), amounts: {} };
}

/**
 * Adds a step up: in all, by layer, and by line.
 *
 * @param modelLayers layers of the model in their order, nested models opened; none for a step without a model
 * @param sparsityOf what is sparse; absent: nothing
 */
export function summarize(
  session: TraceSession,
  recording: Recording,
  modelLayers: readonly Layer[],
  sparsityOf: (variables: readonly tfjs.Variable[]) => WeightSparsity | undefined = () => undefined,
): StepCost {
  const { attribution } = session;
  const nameOf = (layer: Layer) => session.nameOf(layer);
  const unused = unusedKernels(recording.kernels, (id) => session.backend.holds(id), recording.readIds);
  const whole = nothing();
  const layers = new Map(modelLayers.map((layer) => [layer, { layer, ...nothing() }]));
  const owners = ownersOfWeights(modelLayers);
  const sparsity = (...of: Layer[]) => sparsityOf([...new Set(of.flatMap(variablesOf))]);
  const lines = new Lines(attribution, nameOf, sparsity);
  const involved = new Set([...modelLayers, ...recording.activations.map(({ layer }) => layer)]);
  for (const layer of involved)
    if (!isContainer(layer) && layer.getClassName() !== 'InputLayer') lines.made(layer, layers.has(layer));
  for (const kernel of recording.kernels) {
    const { phase } = kernel;
    const cost = costOf(kernel, contextOf(kernel, unused));
    const context = { phase, alias: kernel.alias, layer: kernel.scope?.layer.getClassName() };
    const count = ({ work, amounts }: Sums) => {
      addCost(work[phase], cost);
      addAmounts(amounts, kernel, context);
    };
    count(whole);
    const owner = kernel.variable && owners.get(kernel.variable);
    const scope = owner ?? kernel.scope;
    const listed = outermost(scope, layers);
    if (listed) count(listed);
    for (const line of lines.of(scope, kernel.variable ? nowhere : kernel.places)) count(line);
  }
  const activations = new Map<Layer, { bytes: number; shape: readonly number[] }>();
  for (const { layer, outputs } of recording.activations) {
    const bytes = outputs.reduce((sum, output) => sum + bytesOf(output), 0);
    const before = activations.get(layer)?.bytes ?? 0;
    const { shape } = outputs[0] ?? { shape: [] };
    for (const { amounts } of [whole, layers.get(layer) ?? []].flat())
      addFusedLayer(amounts, layer.getClassName(), size(shape));
    activations.set(layer, { bytes: before + bytes, shape });
    if (!isContainer(layer)) lines.activated(layer, bytes, shape);
  }
  return {
    ...whole,
    layers: [...layers.values()].map(({ layer, work, amounts }) => ({
      ...describeLayer(layer, session),
      work,
      amounts,
      outputShape: activations.get(layer)?.shape ?? [],
      activationBytes: activations.get(layer)?.bytes ?? 0,
      ...sparsePart(sparsity(layer)),
    })),
    lines: lines.costs(),
    optimizerBytes: recording.optimizerBytes,
  };
}

function sparsePart(sparsity: WeightSparsity | undefined): { readonly sparsity?: WeightSparsity } {
  return sparsity ? { sparsity } : {};
}

/** Layers of a model in order; those of a nested model take its place. */
export function layersOf(model: { readonly layers: readonly Layer[] }): Layer[] {
  return model.layers.flatMap((layer) => (isContainer(layer) ? layersOf(layer) : layer));
}

/** Whether a layer is a model, which does nothing but apply its layers. */
export function isContainer(layer: Layer): layer is Layer & { layers: Layer[] } {
  return Array.isArray((layer as { layers?: unknown }).layers) && 'inputLayers' in layer;
}

/** The models inside a model; a sequential one keeps a second model of its layers. */
export function containersIn(model: Layer & { layers: Layer[] }): Layer[] {
  const inner = [...model.layers, (model as { model?: Layer }).model ?? []].flat().filter(isContainer);
  return inner.flatMap((each) => [each, ...containersIn(each)]);
}

function contextOf(kernel: RecordedKernel, unused: ReadonlySet<RecordedKernel>) {
  return { zeros: kernel.zeros, alias: kernel.alias, unused: unused.has(kernel) };
}

export function ownersOfWeights(layers: readonly Layer[]): Map<tfjs.Variable, LayerScope> {
  return new Map(
    layers.flatMap((layer) => {
      const scope = { layer, outer: undefined };
      return variablesOf(layer).map((variable) => [variable, scope] as const);
    }),
  );
}

/** The TensorFlow.js variables behind a layer's weights. */
export function variablesOf(layer: Layer): tfjs.Variable[] {
  return layer.weights.map((weight) => weight.read() as tfjs.Variable);
}

function outermost(scope: LayerScope | undefined, layers: ReadonlyMap<Layer, OpenLayer>) {
  let found: OpenLayer | undefined;
  for (let each = scope; each; each = each.outer) found = layers.get(each.layer) ?? found;
  return found;
}

function describeLayer(
  layer: Layer,
  session: TraceSession,
): Pick<LayerCost, 'name' | 'className' | 'place' | 'params' | 'trainableParams' | 'kernels'> {
  const [place] = session.attribution.siteOf(layer);
  const kernels = layer.trainableWeights
    .map(({ shape }) => shape.map((length) => length ?? 1))
    .filter(({ length }) => length > 1);
  return {
    name: session.nameOf(layer),
    className: layer.getClassName(),
    ...(place && { place }),
    ...paramsOf(layer),
    ...(kernels.length > 0 && { kernels }),
  };
}

/** Elements of the weights of layers, shared ones once. */
export function paramsOf(...layers: readonly Layer[]): { params: number; trainableParams: number } {
  const count = (weights: readonly { readonly shape: tfjs.Shape }[]) =>
    [...new Set(weights)].reduce(
      (sum, { shape }) => sum + shape.reduce((p: number, n) => p * (n ?? 1), 1),
      0,
    );
  return {
    params: count(layers.flatMap((layer) => layer.weights)),
    trainableParams: count(layers.flatMap((layer) => layer.trainableWeights)),
  };
}

interface OpenLine extends Sums {
  kind: LineCost['kind'];
  readonly place: Place;
  /** Made here or by what is called here; those of the model itself before the parts of such. */
  readonly layers: Set<Layer>;
  readonly parts: Set<Layer>;
  activationBytes: number;
  outputShape?: readonly number[];
}

const strength = { layer: 2, operation: 1, call: 0 } as const;

/** The lines that something is made, computed or called on. */
class Lines {
  private readonly open = new Map<string, OpenLine>();
  private readonly sets = new Map<LayerScope | undefined, Map<readonly Place[], readonly OpenLine[]>>();

  constructor(
    private readonly attribution: Attribution,
    private readonly nameOf: (layer: Layer) => string,
    private readonly sparsity: (...layers: Layer[]) => WeightSparsity | undefined,
  ) {}

  /** A layer's own lines: where it is made, and from where that was called. */
  made(layer: Layer, inModel: boolean): void {
    this.attribution.siteOf(layer).forEach((place, i) => {
      const line = this.at(place, i === 0 ? 'layer' : 'call');
      (inModel ? line.layers : line.parts).add(layer);
    });
  }

  /** What a part gives stays inside the layer that it is a part of. */
  activated(layer: Layer, bytes: number, shape: readonly number[]): void {
    for (const place of this.attribution.siteOf(layer)) {
      const line = this.at(place, 'call');
      line.activationBytes += bytes;
      addFusedLayer(line.amounts, layer.getClassName(), size(shape));
      line.outputShape = shape;
    }
  }

  /** Every line that a kernel counts towards, each once. */
  of(scope: LayerScope | undefined, places: readonly Place[]): readonly OpenLine[] {
    const known = this.sets.get(scope)?.get(places);
    if (known) return known;
    const lines = new Set<OpenLine>();
    places.forEach((place, i) => lines.add(this.at(place, i === 0 ? 'operation' : 'call')));
    for (let each = scope; each; each = each.outer) {
      if (isContainer(each.layer)) continue;
      for (const place of this.attribution.siteOf(each.layer)) lines.add(this.at(place, 'call'));
    }
    const found = [...lines];
    const ofScope = this.sets.get(scope) ?? new Map<readonly Place[], readonly OpenLine[]>();
    this.sets.set(scope, ofScope.set(places, found));
    return found;
  }

  costs(): LineCost[] {
    return [...this.open.values()].map(({ place, layers, parts, ...line }) => {
      const named = layers.size > 0 ? layers : parts;
      return {
        ...line,
        file: place.file,
        line: place.line,
        layers: [...named].map(this.nameOf),
        ...paramsOf(...named),
        ...sparsePart(this.sparsity(...named)),
      };
    });
  }

  private at(place: Place, kind: LineCost['kind']): OpenLine {
    const key = `${place.line}:${place.file}`;
    const line = this.open.get(key) ?? {
      kind,
      place,
      layers: new Set(),
      parts: new Set(),
      ...nothing(),
      activationBytes: 0,
    };
    if (strength[kind] > strength[line.kind]) line.kind = kind;
    this.open.set(key, line);
    return line;
  }
}
