import type { Convention } from './convention';
import { elementwiseFlops } from './elementwise';
import { bytesOf, type CostedKernel } from './kernel';
import { matrixMacs } from './matrixMacs';
import { paddedMacs, type Padding } from './paddedMacs';

export { conventions, type Convention } from './convention';

/** Parts of a training step. `data`: what is neither, such as slicing a batch or reading a metric. */
export const phases = ['forward', 'backward', 'optimizer', 'data'] as const;
export type Phase = (typeof phases)[number];

/** What kernels do, added up. All counted from shapes. */
export interface Work {
  /** Kernels that were run. */
  kernels: number;
  /** Multiply-accumulates of convolutions and matrix products. */
  macs: number;
  /** The same without those that meet padding. */
  paddedMacs: number;
  /** FLOPs of everything that is not matrix work. */
  elementwiseFlops: number;
  /** Bytes read and written, each tensor once a kernel. */
  bytesMoved: number;
  /** Of `macs`, those whose result nobody ever uses. */
  unusedMacs: number;
  /** Kernels for which there is no count, by name: their FLOPs are in no total. */
  uncovered: Record<string, number>;
}

export type PhaseWork = Record<Phase, Work>;

export function noWork(): Work {
  return {
    kernels: 0,
    macs: 0,
    paddedMacs: 0,
    elementwiseFlops: 0,
    bytesMoved: 0,
    unusedMacs: 0,
    uncovered: {},
  };
}

export function noPhaseWork(): PhaseWork {
  return { forward: noWork(), backward: noWork(), optimizer: noWork(), data: noWork() };
}

/** What a kernel is besides its shapes, where a trace knows it. */
export interface KernelContext {
  /** Zeros that the first input carries around it. */
  readonly zeros?: readonly Padding[] | undefined;
  /** Its outputs are new names for an input's storage: nothing moves. */
  readonly alias?: boolean;
  readonly unused?: boolean;
}

/** One kernel as numbers. */
export interface KernelCost {
  readonly kernel: string;
  readonly macs: number;
  readonly paddedMacs: number;
  /** Undefined for kernels without a count. */
  readonly elementwiseFlops: number | undefined;
  readonly bytesMoved: number;
  readonly unusedMacs: number;
}

/** What a kernel does: the one place where a kernel becomes numbers. */
export function costOf(kernel: CostedKernel, context: KernelContext = {}): KernelCost {
  const macs = matrixMacs(kernel) ?? 0;
  let bytesMoved = 0;
  if (!context.alias) {
    for (const tensor of kernel.inputs) bytesMoved += bytesOf(tensor);
    for (const tensor of kernel.outputs) bytesMoved += bytesOf(tensor);
  }
  return {
    kernel: kernel.kernel,
    macs,
    paddedMacs: macs > 0 ? (paddedMacs(kernel, context.zeros) ?? 0) : 0,
    elementwiseFlops: elementwiseFlops(kernel),
    bytesMoved,
    unusedMacs: context.unused ? macs : 0,
  };
}

/** Adds one kernel to `work`. */
export function addCost(work: Work, cost: KernelCost): void {
  work.kernels++;
  work.macs += cost.macs;
  work.paddedMacs += cost.paddedMacs;
  work.bytesMoved += cost.bytesMoved;
  work.unusedMacs += cost.unusedMacs;
  if (cost.elementwiseFlops !== undefined) work.elementwiseFlops += cost.elementwiseFlops;
  else work.uncovered[cost.kernel] = (work.uncovered[cost.kernel] ?? 0) + 1;
}

/** Adds one kernel to `work`. */
export function addKernel(work: Work, kernel: CostedKernel, context: KernelContext = {}): void {
  addCost(work, costOf(kernel, context));
}

/** Adds `other` to `work`. */
export function addWork(work: Work, other: Work): Work {
  work.kernels += other.kernels;
  work.macs += other.macs;
  work.paddedMacs += other.paddedMacs;
  work.elementwiseFlops += other.elementwiseFlops;
  work.bytesMoved += other.bytesMoved;
  work.unusedMacs += other.unusedMacs;
  for (const [kernel, count] of Object.entries(other.uncovered))
    work.uncovered[kernel] = (work.uncovered[kernel] ?? 0) + count;
  return work;
}

/** The work of all phases together. */
export function totalWork(work: PhaseWork): Work {
  return phases.reduce((sum, phase) => addWork(sum, work[phase]), noWork());
}

/** Matrix work under a convention: FLOPs, or MACs for `mac`. */
export function matrixFlops(work: Work, convention: Convention): number {
  switch (convention) {
    case 'mac2':
      return 2 * work.macs;
    case 'mac':
      return work.macs;
    case 'padded':
      return 2 * work.paddedMacs;
  }
}

/** The headline of a phase: its matrix work, and for the optimizer, which has none, all of it. */
export function headlineFlops(work: PhaseWork, phase: Phase, convention: Convention): number {
  const elementwise = phase === 'optimizer' ? work[phase].elementwiseFlops : 0;
  return matrixFlops(work[phase], convention) + elementwise;
}
