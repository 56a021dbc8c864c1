import { activated, passed } from './constants';
import { linksOf, type LayerConfig, type Link, type ModelTopology, type NamedWeight } from './graph';

export interface CompressibleModel {
  readonly topology: ModelTopology;
  readonly weights: readonly NamedWeight[];
}

/** What became of a layer. */
export interface RemovedUnits {
  readonly layer: string;
  readonly before: number;
  readonly after: number;
}

/**
 * The smaller dense model that computes the same: without units that no weight leads on from, and without those that
 * are constant because none leads into them, whose constant goes into the biases behind. What this cuts off in turn goes
 * too. Chains of dense layers and convolutions are looked at, with what acts on each unit by itself between them;
 * elsewhere units stay. Outputs are equal up to the rounding of sums.
 */
export function compress(model: CompressibleModel): CompressibleModel & { removed: RemovedUnits[] } {
  const topology = structuredClone(model.topology);
  const weights = new Weights(model.weights);
  const links = linksOf(topology);
  const before = new Map(links.map(({ from }) => [from, weights.units(from)]));
  while (links.map((link) => shrink(link, weights)).some(Boolean));
  const removed = links.map(({ from }) => {
    const after = weights.units(from);
    from.config[from.class_name === 'Dense' ? 'units' : 'filters'] = after;
    return { layer: from.config.name, before: before.get(from) ?? after, after };
  });
  return {
    topology,
    weights: weights.all(),
    removed: removed.filter(({ before, after }) => after < before),
  };
}

/** @returns whether units were left out */
function shrink(link: Link, weights: Weights): boolean {
  const { from, between, to } = link;
  const units = weights.units(from);
  const kept: number[] = [];
  for (let unit = 0; unit < units; unit++) {
    // Only the last that is left stays: a layer has at least one unit.
    const last = unit === units - 1 && kept.length === 0;
    if (last || !leaves(link, unit, weights)) kept.push(unit);
  }
  if (kept.length === units) return false;
  weights.keepOutputs(from, kept);
  for (const layer of between)
    if (layer.class_name === 'BatchNormalization') weights.keepOutputs(layer, kept);
  weights.keepInputs(to, kept, units);
  return true;
}

/** Whether a unit can go; if it is a constant, the layer behind it takes that in. */
function leaves({ from, between, to }: Link, unit: number, weights: Weights): boolean {
  const units = weights.units(from);
  if (weights.isUnread(to, unit, units)) return true;
  const constant = constantOf(from, between, unit, weights);
  if (constant === undefined) return false;
  if (constant === 0) return true;
  const padded = to.class_name !== 'Dense' && to.config.padding !== 'valid';
  if (padded || to.config.use_bias === false) return false;
  weights.addToBias(to, unit, units, constant);
  return true;
}

/** What a unit always is; undefined where that depends on the input, or is not known. */
function constantOf(
  from: LayerConfig,
  between: readonly LayerConfig[],
  unit: number,
  weights: Weights,
): number | undefined {
  if (!weights.isUnfed(from, unit)) return undefined;
  let value = activated(from.config.activation, weights.vector(from, 'bias')?.[unit] ?? 0);
  for (const layer of between) {
    if (value === undefined) return undefined;
    value = passed(layer, value, () => ({
      gamma: weights.vector(layer, 'gamma')?.[unit] ?? 1,
      beta: weights.vector(layer, 'beta')?.[unit] ?? 0,
      mean: weights.vector(layer, 'moving_mean')?.[unit] ?? 0,
      variance: weights.vector(layer, 'moving_variance')?.[unit] ?? 1,
    }));
  }
  return value;
}

/** The weights of a model by layer. Kernels are `[..., inputs, outputs]`. */
class Weights {
  private readonly byName: Map<string, NamedWeight>;

  constructor(weights: readonly NamedWeight[]) {
    this.byName = new Map(weights.map((weight) => [weight.name, weight]));
  }

  all(): NamedWeight[] {
    return [...this.byName.values()];
  }

  units(layer: LayerConfig): number {
    return this.kernel(layer).shape.at(-1) as number;
  }

  vector(layer: LayerConfig, part: string): Float32Array | undefined {
    return this.byName.get(`${layer.config.name}/${part}`)?.values as Float32Array | undefined;
  }

  /** Whether all weights into a unit are zero. */
  isUnfed(layer: LayerConfig, unit: number): boolean {
    const { values } = this.kernel(layer);
    const outputs = this.units(layer);
    for (let place = unit; place < values.length; place += outputs) if (values[place] !== 0) return false;
    return true;
  }

  /** Whether a layer multiplies by zero what comes from a unit, one of `units`. */
  isUnread(layer: LayerConfig, unit: number, units: number): boolean {
    const { values } = this.kernel(layer);
    return this.rowsOf(layer, unit, units).every((begin) => {
      for (let i = 0; i < this.units(layer); i++) if (values[begin + i] !== 0) return false;
      return true;
    });
  }

  addToBias(layer: LayerConfig, unit: number, units: number, constant: number): void {
    const bias = this.vector(layer, 'bias');
    const { values } = this.kernel(layer);
    const added = new Float64Array(this.units(layer));
    for (const begin of this.rowsOf(layer, unit, units))
      for (let i = 0; i < added.length; i++)
        added[i] = (added[i] as number) + constant * (values[begin + i] as number);
    this.replace(
      `${layer.config.name}/bias`,
      [added.length],
      bias?.map((value, i) => value + (added[i] as number)),
    );
  }

  keepOutputs(layer: LayerConfig, kept: readonly number[]): void {
    const prefix = `${layer.config.name}/`;
    for (const { name, shape, values } of this.all()) {
      if (!name.startsWith(prefix)) continue;
      const outputs = shape.at(-1) as number;
      const rows = values.length / outputs;
      const next = new Float32Array(rows * kept.length);
      for (let row = 0; row < rows; row++)
        for (const [to, from] of kept.entries())
          next[row * kept.length + to] = values[row * outputs + from] as number;
      this.replace(name, [...shape.slice(0, -1), kept.length], next);
    }
  }

  /** @param units that there were; a flattened image has each of them at every place */
  keepInputs(layer: LayerConfig, kept: readonly number[], units: number): void {
    const { name, shape, values } = this.kernel(layer);
    const outputs = this.units(layer);
    const blocks = values.length / outputs / units;
    const next = new Float32Array(blocks * kept.length * outputs);
    for (let block = 0; block < blocks; block++)
      for (const [to, from] of kept.entries()) {
        const begin = (block * units + from) * outputs;
        next.set(
          (values as Float32Array).subarray(begin, begin + outputs),
          (block * kept.length + to) * outputs,
        );
      }
    const inputs = ((shape.at(-2) as number) / units) * kept.length;
    this.replace(name, [...shape.slice(0, -2), inputs, outputs], next);
  }

  private kernel(layer: LayerConfig): NamedWeight {
    const kernel = this.byName.get(`${layer.config.name}/kernel`);
    if (!kernel) throw new Error(`The model has no weight ${layer.config.name}/kernel.`);
    return kernel;
  }

  /** Where in the kernel the weights from a unit begin: one row at each place of the kernel, or of the image. */
  private rowsOf(layer: LayerConfig, unit: number, units: number): number[] {
    const outputs = this.units(layer);
    const rows = this.kernel(layer).values.length / outputs;
    return Array.from({ length: rows / units }, (_, block) => (block * units + unit) * outputs);
  }

  private replace(name: string, shape: readonly number[], values: Float32Array | undefined): void {
    if (!values) throw new Error(`The model has no weight ${name}.`);
    this.byName.set(name, { name, shape, dtype: 'float32', values });
  }
}
