/** A layer as `model.json` describes it. */
export interface LayerConfig {
  readonly class_name: string;
  readonly config: Record<string, unknown> & { readonly name: string };
  /** Of functional models: for each call the layers that it is given. */
  readonly inbound_nodes?: readonly (readonly (readonly [name: string, ...rest: unknown[]])[])[];
}

/** What TensorFlow.js saves of a model beside its weights. */
export interface ModelTopology {
  readonly class_name: string;
  readonly config: {
    readonly layers: readonly LayerConfig[];
    readonly output_layers?: readonly (readonly [name: string, ...rest: unknown[]])[];
  };
}

/** A tensor of a model file. */
export interface NamedWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly values: Float32Array | Int32Array | Uint8Array;
}

/** A layer that makes units, what happens to each of them, and the layer that takes them in. */
export interface Link {
  readonly from: LayerConfig;
  /** Layers that treat each unit by itself. */
  readonly between: readonly LayerConfig[];
  readonly to: LayerConfig;
}

const producers = new Set(['Dense', 'Conv1D', 'Conv2D']);
const unitwise = new Set([
  ...['Activation', 'ReLU', 'LeakyReLU', 'ThresholdedReLU', 'ELU'],
  ...['Dropout', 'SpatialDropout1D', 'GaussianDropout', 'GaussianNoise', 'AlphaDropout'],
  ...['BatchNormalization', 'Flatten', 'ZeroPadding2D', 'UpSampling2D'],
  ...['MaxPooling1D', 'MaxPooling2D', 'AveragePooling1D', 'AveragePooling2D'],
  ...['GlobalMaxPooling1D', 'GlobalMaxPooling2D', 'GlobalAveragePooling1D', 'GlobalAveragePooling2D'],
]);

/** The places of a model where units can be left out: wherever one layer's output has no other reader. */
export function linksOf(topology: ModelTopology): Link[] {
  const { layers, output_layers: outputs } = topology.config;
  const byName = new Map(layers.map((layer) => [layer.config.name, layer]));
  const readers = new Map<string, LayerConfig[]>();
  const sequential = topology.class_name === 'Sequential';
  for (const [i, layer] of layers.entries())
    for (const name of sequential ? [layers[i - 1]?.config.name ?? ''] : inputsOf(layer))
      readers.set(name, [...(readers.get(name) ?? []), layer]);
  const isOutput = new Set(sequential ? [layers.at(-1)?.config.name] : outputs?.map(([name]) => name));
  const next = ({ config: { name } }: LayerConfig): LayerConfig | undefined => {
    const [reader, ...others] = readers.get(name) ?? [];
    if (!reader || others.length > 0 || isOutput.has(name)) return undefined;
    return sequential || inputsOf(reader).length === 1 ? byName.get(reader.config.name) : undefined;
  };
  return layers.flatMap((from) => {
    if (!isPlain(from, producers) || from.config.activation === 'softmax') return [];
    const between: LayerConfig[] = [];
    let to = next(from);
    while (to && isPlain(to, unitwise)) {
      between.push(to);
      to = next(to);
    }
    return to && isPlain(to, producers) ? [{ from, between, to }] : [];
  });
}

function inputsOf(layer: LayerConfig): string[] {
  return (layer.inbound_nodes ?? []).flatMap((call) => call.map(([name]) => name));
}

function isPlain({ class_name, config }: LayerConfig, among: ReadonlySet<string>): boolean {
  if (!among.has(class_name) || config.data_format === 'channels_first') return false;
  if (class_name === 'Activation') return config.activation !== 'softmax';
  return class_name !== 'BatchNormalization' || config.axis === -1 || config.axis === 3;
}
