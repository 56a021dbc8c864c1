import type { HeldPart, StepTimeline } from '../cost/timeline';
import { addCost, costOf, noWork, phases } from '../cost/work';
import type { Layer } from './hooks/attribution';
import type { RecordedKernel, Recording } from './hooks/recorder';
import type { TraceSession } from './session';
import { ownersOfWeights } from './summarize';

/** Kernels in a row of one layer are told together, so that there are about as many entries as this. */
const mostEntries = 1000;

interface StepMemory {
  readonly batch: number;
  /** Bytes of the step, after each allocation that is in the recording. */
  readonly held: Float64Array;
  /** What was there before the first of them; of what the step assigns anew, the first. */
  readonly base: readonly HeldPart[];
}

/** How a step goes, kernel by kernel, and what is held at its peak; undefined where the recorder was not asked to follow. */
export function stepTimeline(
  session: TraceSession,
  recording: Recording,
  modelLayers: readonly Layer[],
  { batch, held, base }: StepMemory,
): StepTimeline | undefined {
  const { kernels, lives, heldAt } = recording;
  if (!lives) return undefined;
  const layerOf = ownership(modelLayers);
  const index = new Map(kernels.map((kernel, i) => [kernel, i]));
  const most = new Map<number, number>();
  heldAt.forEach((allocation, i) => {
    const maker = lives.all[allocation]?.maker;
    const at = (maker && index.get(maker)) ?? kernels.length - 1;
    most.set(at, Math.max(most.get(at) ?? 0, held[i] ?? 0));
  });
  const names = new Map(modelLayers.map((layer, i) => [layer, i]));
  const columns = {
    phase: [] as number[],
    layer: [] as number[],
    kernels: [] as number[],
    flops: [] as number[],
    bytesMoved: [] as number[],
    heldBytes: [] as number[],
  };
  const longest = Math.ceil(kernels.length / mostEntries);
  let bytes = base.reduce((sum, part) => sum + part.bytes, 0);
  kernels.forEach((kernel, i) => {
    const phase = phases.indexOf(kernel.phase);
    const owner = layerOf(kernel);
    const layer = owner ? (names.get(owner) ?? -1) : -1;
    const work = noWork();
    addCost(work, costOf(kernel, { zeros: kernel.zeros, alias: kernel.alias }));
    bytes = most.get(i) ?? bytes;
    let last = columns.phase.length - 1;
    const joins =
      columns.phase[last] === phase &&
      columns.layer[last] === layer &&
      (columns.kernels[last] ?? 0) < longest;
    if (!joins) {
      last++;
      columns.phase.push(phase);
      columns.layer.push(layer);
      for (const column of [columns.kernels, columns.flops, columns.bytesMoved, columns.heldBytes])
        column.push(0);
    }
    columns.kernels[last] = (columns.kernels[last] ?? 0) + 1;
    columns.flops[last] = (columns.flops[last] ?? 0) + 2 * work.macs + work.elementwiseFlops;
    columns.bytesMoved[last] = (columns.bytesMoved[last] ?? 0) + work.bytesMoved;
    columns.heldBytes[last] = Math.max(columns.heldBytes[last] ?? 0, bytes);
  });
  return {
    batch,
    layers: modelLayers.map((layer) => session.nameOf(layer)),
    ...columns,
    atPeak: partsAtPeak(recording, held, base, (kernel) => {
      const owner = layerOf(kernel);
      return owner && session.nameOf(owner);
    }),
  };
}

/** What is held when most is, by what it was made for. */
function partsAtPeak(
  { lives, heldAt, setup }: Recording,
  held: Float64Array,
  base: readonly HeldPart[],
  layerName: (kernel: RecordedKernel) => string | undefined,
): HeldPart[] {
  const highest = held.reduce((best, bytes, i) => (bytes > (held[best] ?? 0) ? i : best), 0);
  const peak = heldAt[highest] ?? -1;
  const parts = new Map<string, { what: HeldPart['what']; layer?: string | undefined; bytes: number }>();
  const add = (what: HeldPart['what'], layer: string | undefined, bytes: number) => {
    const part = parts.get(`${what} ${layer}`) ?? { what, layer, bytes: 0 };
    part.bytes += bytes;
    parts.set(`${what} ${layer}`, part);
  };
  for (const { what, bytes } of base) add(what, undefined, bytes);
  const kept = base[0]?.what ?? 'before';
  lives?.all.slice(0, peak + 1).forEach(({ id, bytes, until, maker }) => {
    // What an optimizer makes for itself is in the base from the beginning, and gone from it once it is replaced.
    if (setup.has(id)) return until <= peak ? add(kept, undefined, -bytes) : undefined;
    if (until <= peak) return undefined;
    if (lives.assigned.has(id)) return add(kept, undefined, bytes);
    return add(maker?.phase ?? 'data', maker && layerName(maker), bytes);
  });
  for (const { at, bytes } of lives?.released ?? []) if (at <= peak) add(kept, undefined, -bytes);
  return [...parts.values()].filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes);
}

/** The layer of the model that a kernel is run for, as in the table of layers. */
function ownership(modelLayers: readonly Layer[]): (kernel: RecordedKernel) => Layer | undefined {
  const listed = new Set(modelLayers);
  const owners = ownersOfWeights(modelLayers);
  return ({ variable, scope }) => {
    let found: Layer | undefined;
    for (let each = (variable && owners.get(variable)) ?? scope; each; each = each.outer)
      if (listed.has(each.layer)) found = each.layer;
    return found;
  };
}
