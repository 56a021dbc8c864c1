import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { prepareTensorflowNode } from '../harness/tensorflowNode';
import type { SparseStep } from './sparseStep';

/** Nets that are sparse in all layers but one of ten outputs. */
const nets = ['784-300-100-10', '1024-1024-1024'];
const batches = [128, 192];
const sparsities = [0.8, 0.9, 0.95, 0.98, 0.99];

export interface SparseRow extends Required<Omit<SparseStep, 'native'>> {
  readonly net: string;
  readonly batch: number;
  readonly sparsity: number;
  /** Of the dense net. */
  readonly native?: number;
}

const repository = path.resolve(__dirname, '../../..');

/** The folder of tfjs-node's packages, or why there is none. */
export function findNative(): { readonly modules?: string; readonly why?: string } {
  try {
    return { modules: process.env.TFJS_NODE_MODULES ?? prepareTensorflowNode(repository, () => undefined) };
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Whole steps with Adam, each row measured in a process of its own in which the sides take turns.
 *
 * @param modules of tfjs-node, if it is to be measured beside
 */
export async function benchSparse(threads: number, modules?: string): Promise<SparseRow[]> {
  const rows: SparseRow[] = [];
  for (const net of nets)
    for (const batch of batches) {
      const { native } = modules ? await step(net, batch, 'native', threads, modules) : {};
      for (const sparsity of sparsities) {
        const times = (await step(net, batch, String(sparsity), threads)) as Required<SparseStep>;
        rows.push({ ...times, net, batch, sparsity, ...(native !== undefined && { native }) });
      }
    }
  return rows;
}

async function step(
  net: string,
  batch: number,
  sparsity: string,
  threads: number,
  modules?: string,
): Promise<SparseStep> {
  const file = path.join(__dirname, 'sparseStep.js');
  if (!fs.existsSync(file)) throw new Error(`${file} is not built`);
  const args = [file, net, String(batch), sparsity, String(threads), ...(modules ? [modules] : [])];
  // What libtensorflow takes as its own number of threads.
  const env = { ...process.env, TF_NUM_INTRAOP_THREADS: String(threads), TF_NUM_INTEROP_THREADS: '1' };
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 120_000, env });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as SparseStep;
}

/** The table, a line each. */
export function sparseTable(rows: readonly SparseRow[]): string[] {
  const few = (milliseconds: number) => `${milliseconds.toFixed(milliseconds < 10 ? 2 : 1)} ms`;
  const times = (other: number, own: number) => `${(other / own).toFixed(1)}x`;
  const hasNative = rows.some(({ native }) => native !== undefined);
  return [
    `| net | batch | sparsity | dense | simulated (masked dense) | sparse | times faster than dense |${hasNative ? ' tfjs-node, dense | times faster |' : ''}`,
    `| --- | --- | --- | --- | --- | --- | --- |${hasNative ? ' --- | --- |' : ''}`,
    ...rows.map(
      ({ net, batch, sparsity, dense, simulated, sparse, native }) =>
        `| ${net} | ${batch} | ${100 * sparsity} % | ${few(dense)} | ${few(simulated)} | ${few(sparse)} | ` +
        `${times(dense, sparse)} |${native === undefined ? '' : ` ${few(native)} | ${times(native, sparse)} |`}`,
    ),
  ];
}
