import type * as tfjs from '@tensorflow/tfjs';
import {
  Part,
  spread,
  type Layout,
  type SparsityMethod,
  type SplitWeight,
  type SpreadWeight,
  type WeightKind,
} from '../sparse';
import { layoutOf } from './weightLayout';

/** A weight that a method makes sparse: all of it, or some of its gates. */
export interface SparseWeight extends SpreadWeight, SplitWeight {
  readonly layout: Layout;
  readonly variable: tfjs.Variable;
  /** The layer that it is of. */
  readonly source: tfjs.layers.Layer;
  /** Multiply-accumulates of one sample's dense forward pass; undefined where shapes do not say. */
  readonly macs: number | undefined;
}

/** What is used here of tf.layers.Layer; layers may hold others. */
interface OpenLayer {
  readonly name: string;
  readonly layers?: readonly OpenLayer[];
  readonly layer?: OpenLayer;
  readonly forwardLayer?: OpenLayer;
  readonly backwardLayer?: OpenLayer;
  readonly cell?: object;
  readonly dataFormat?: string;
  readonly inboundNodes: readonly { readonly inputShapes: Shape[]; readonly outputShapes: Shape[] }[];
  readonly trainableWeights: readonly { readonly originalName: string; read(): tfjs.Tensor }[];
  getClassName(): string;
}
type Shape = readonly (number | null)[];

/** A place in the model where a layer is applied. */
interface Call {
  readonly input: Shape;
  readonly output: Shape;
}

type Found = Omit<SparseWeight, 'parts'>;
/** One whose layer's name is still to be asked for. */
type Unnamed = Omit<Found, 'name' | 'layer'> & { readonly part: string };

/**
 * The weights of a model that `method` makes sparse, in the order of its layers, and those that it leaves dense.
 *
 * @param nameOf what a layer is called, where that is not its own name
 * @throws Error where the method names layers that are not there, or none is left
 */
export function sparseWeights(
  model: tfjs.LayersModel,
  method: SparsityMethod,
  nameOf: (layer: tfjs.layers.Layer) => string = ({ name }) => name,
): { sparse: SparseWeight[]; dense: readonly Found[] } {
  const outputs = new Set(model.outputLayers.map(({ name }) => name));
  const found = unique(
    layerWeights(model as unknown as OpenLayer, 1, outputs).map(({ part, ...weight }) => {
      const layer = nameOf(weight.source);
      return { ...weight, layer, name: `${layer}/${part}` };
    }),
  );
  const parts = found.map(({ name, shape, layout }) => Part.of(name, shape, layout));
  const densities = spread(
    method,
    found.flatMap((weight, i) => ofParts(weight, parts[i] ?? [])),
  ).values();
  const split = found.map((weight, i) => ({
    ...weight,
    parts: (parts[i] ?? []).map((part) => ({ part, density: densities.next().value })),
  }));
  const isSparse = ({ parts }: SparseWeight) => parts.some(({ density }) => density !== undefined);
  return { sparse: split.filter(isSparse), dense: split.filter((weight) => !isSparse(weight)) };
}

function ofParts({ name, layer, kind }: Found, parts: readonly Part[]): SpreadWeight[] {
  return parts.map((part) => ({
    name: part.name,
    weight: name,
    layer,
    kind,
    shape: part.shape,
    size: part.size,
  }));
}

/** @param repeats how often a wrapper applies the layer to one sample */
function layerWeights(
  layer: OpenLayer,
  repeats: number | undefined,
  outputs: ReadonlySet<string>,
): Unnamed[] {
  if (layer.layers) return layer.layers.flatMap((inner) => layerWeights(inner, repeats, outputs));
  if (layer.forwardLayer && layer.backwardLayer)
    return [layer.forwardLayer, layer.backwardLayer].flatMap((inner) =>
      ownWeights(inner, callsOf(layer), repeats, new Set()),
    );
  if (layer.layer) {
    const steps = layer.inboundNodes[0]?.inputShapes[0]?.[1];
    const inner = layer.layer;
    if (inner.layers) return layerWeights(inner, times(repeats, steps), outputs);
    const calls = callsOf(layer).map(({ input, output }) => ({
      input: dropAxis(input),
      output: dropAxis(output),
    }));
    return ownWeights(inner, calls, times(repeats, steps), outputs);
  }
  return ownWeights(layer, callsOf(layer), repeats, outputs);
}

/** @param calls of the layer in the model */
function ownWeights(
  layer: OpenLayer,
  calls: readonly Call[],
  repeats: number | undefined,
  outputs: ReadonlySet<string>,
): Unnamed[] {
  return layer.trainableWeights.flatMap((weight) => {
    const part = weight.originalName.split('/').at(-1) ?? '';
    const variable = weight.read() as tfjs.Variable;
    if (variable.rank < 2 || /^(bias|beta|gamma|alpha)$/.test(part)) return [];
    const kind = kindOf(layer, part, variable.rank);
    const uses = calls.reduce<number | undefined>(
      (sum, { input, output }) => plus(sum, usesOf(layer, kind, input, output)),
      0,
    );
    const { size, shape } = variable;
    const isOutput = outputs.has(layer.name);
    const macs = times(size, times(repeats, uses));
    return [
      {
        part,
        kind,
        shape,
        size,
        variable,
        source: layer as unknown as tfjs.layers.Layer,
        isOutput,
        macs,
        layout: layoutOf(layer, weight, kind),
      },
    ];
  });
}

function kindOf(layer: OpenLayer, part: string, rank: number): WeightKind {
  if (part === 'embeddings') return 'embedding';
  if (part === 'depthwise_kernel') return 'depthwise';
  if (part === 'pointwise_kernel') return 'conv';
  if (part === 'recurrent_kernel' || (layer.cell && part.endsWith('kernel'))) return 'recurrent';
  if (!part.endsWith('kernel')) return 'other';
  return rank === 2 ? 'dense' : 'conv';
}

/** How often one sample's forward pass multiplies by each of the weights. */
function usesOf(layer: OpenLayer, kind: WeightKind, input: Shape, output: Shape): number | undefined {
  const places = (shape: Shape) =>
    spatial(layer, shape).reduce<number | undefined>((all, side) => times(all, side), 1);
  switch (kind) {
    case 'embedding':
      return 0;
    case 'recurrent':
      return layer.getClassName().startsWith('ConvLSTM')
        ? times(input[1], places(output.length === input.length ? dropAxis(output) : output))
        : (input[1] ?? undefined);
    case 'dense':
      return output.slice(1, -1).reduce<number | undefined>((all, side) => times(all, side), 1);
    case 'conv':
    case 'depthwise':
      return places(layer.getClassName().endsWith('Transpose') ? input : output);
    case 'other':
      return undefined;
  }
}

function callsOf(layer: OpenLayer): Call[] {
  return layer.inboundNodes.map(({ inputShapes, outputShapes }) => ({
    input: inputShapes[0] ?? [],
    output: outputShapes[0] ?? [],
  }));
}

/** Sides of an image, without batch and channels. */
function spatial(layer: OpenLayer, shape: Shape): Shape {
  return layer.dataFormat === 'channelsFirst' ? shape.slice(2) : shape.slice(1, -1);
}

/** Without the axis of time. */
function dropAxis(shape: Shape): Shape {
  return [...shape.slice(0, 1), ...shape.slice(2)];
}

function times(a: number | null | undefined, b: number | null | undefined): number | undefined {
  return a == null || b == null ? undefined : a * b;
}

function plus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

/** Cells of a stack have parts of the same name. */
function unique(weights: Found[]): Found[] {
  const seen = new Map<string, number>();
  const variables = new Set<tfjs.Variable>();
  return weights.flatMap((weight) => {
    if (variables.has(weight.variable)) return [];
    variables.add(weight.variable);
    const count = seen.get(weight.name) ?? 0;
    seen.set(weight.name, count + 1);
    return [count === 0 ? weight : { ...weight, name: `${weight.name}_${count}` }];
  });
}
