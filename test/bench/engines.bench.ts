import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { prepareTensorflowNode } from '../harness/tensorflowNode';
import { engineModels, type EngineModel } from './engineModels';
import type { Engine, EngineStep } from './engineStep';
import { median } from './median';

const repository = path.resolve(__dirname, '../../..');

/** A side of a comparison. */
interface Side {
  readonly engine: Engine;
  readonly threads: number;
}

export interface ModelRow {
  readonly title: string;
  /** Medians over rounds, in milliseconds a step. */
  readonly own: number;
  readonly ownThreads: number;
  readonly stock?: number;
  readonly native?: number;
  readonly cpu?: number;
  /** WebAssembly memory at the end, which never shrinks: ours on one thread, and stock's. */
  readonly ownBytes?: number;
  readonly stockBytes?: number;
}

export interface MatMulRow {
  readonly name: string;
  readonly gflops: number;
  readonly threadGflops: number;
}

export interface EngineResults {
  readonly threads: number;
  /** GFLOP/s of multiply-adds in registers alone. */
  readonly registerLimit: number;
  readonly products: readonly MatMulRow[];
  readonly models: readonly ModelRow[];
  /** Why tfjs-node takes no part, where it does not. */
  readonly withoutNative?: string;
}

/** What TensorFlow.js's wasm backend cannot train. */
const notOnStock: readonly EngineModel[] = ['cnn', 'bigCnn'];
/** Plain JavaScript is only asked where the issue is whether to use it at all: it takes seconds a step. */
const onCpu: readonly EngineModel[] = ['mlp', 'cnn'];

/** All engines in turn, each in processes of its own, so that what slows the machine slows all. */
export async function benchEngines(rounds: number, threads: number): Promise<EngineResults> {
  let modules: string | undefined;
  let withoutNative: string | undefined;
  try {
    modules = process.env.TFJS_NODE_MODULES ?? prepareTensorflowNode(repository, () => undefined);
  } catch (error) {
    withoutNative = error instanceof Error ? error.message : String(error);
  }
  const models: ModelRow[] = [];
  for (const model of Object.keys(engineModels) as EngineModel[])
    models.push(await benchModel(model, rounds, threads, modules));
  const single = await products(1);
  const several = await products(threads);
  return {
    threads,
    registerLimit: single.registerLimit,
    products: single.products.map(({ name, gflops }, i) => ({
      name,
      gflops,
      threadGflops: several.products[i]?.gflops ?? NaN,
    })),
    models,
    ...(withoutNative !== undefined && { withoutNative }),
  };
}

async function benchModel(
  model: EngineModel,
  rounds: number,
  threads: number,
  modules: string | undefined,
): Promise<ModelRow> {
  const sides: Record<string, Side | undefined> = {
    own: { engine: 'own', threads: 1 },
    ownThreads: { engine: 'own', threads },
    stock: notOnStock.includes(model) ? undefined : { engine: 'stock', threads: 1 },
    native: modules === undefined ? undefined : { engine: 'native', threads },
  };
  const steps: Record<string, EngineStep[]> = {};
  for (let round = 0; round < rounds; round++)
    for (const [name, side] of Object.entries(sides))
      if (side) (steps[name] ??= []).push(await step(side, model, modules));
  if (onCpu.includes(model)) steps.cpu = [await step({ engine: 'cpu', threads: 1 }, model, modules)];
  const times = Object.fromEntries(
    Object.entries(steps).map(([name, of]) => [name, median(of.map((each) => each.milliseconds))]),
  );
  return {
    title: engineModels[model].title,
    ...(times as { own: number; ownThreads: number }),
    ...(steps.own?.[0]?.wasmBytes !== undefined && { ownBytes: steps.own[0].wasmBytes }),
    ...(steps.stock?.[0]?.wasmBytes !== undefined && { stockBytes: steps.stock[0].wasmBytes }),
  };
}

async function step(
  { engine, threads }: Side,
  model: EngineModel,
  modules: string | undefined,
): Promise<EngineStep> {
  return (await inProcess('engineStep.js', [
    engine,
    model,
    String(threads),
    ...(modules === undefined ? [] : [modules]),
  ])) as EngineStep;
}

interface Products {
  readonly registerLimit: number;
  readonly products: readonly { readonly name: string; readonly gflops: number }[];
}

async function products(threads: number): Promise<Products> {
  return (await inProcess('engineProducts.js', [String(threads)])) as Products;
}

async function inProcess(program: string, args: readonly string[]): Promise<unknown> {
  const file = path.join(__dirname, program);
  if (!fs.existsSync(file)) throw new Error(`${file} is not built`);
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...args], { timeout: 120_000 });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

/** The table of docs/engines.md, a line each. */
export function engineTable({
  threads,
  registerLimit,
  products: made,
  models,
  withoutNative,
}: EngineResults): string[] {
  const few = (milliseconds: number | undefined) =>
    milliseconds === undefined ? '' : `${milliseconds.toFixed(milliseconds < 10 ? 2 : 1)} ms`;
  const times = (other: number | undefined, own: number) =>
    other === undefined ? '' : `${(other / own).toFixed(1)}x`;
  const megabytes = (bytes: number | undefined) =>
    bytes === undefined ? '' : `${(bytes / 1e6).toFixed(0)} MB`;
  return [
    `| a training step of | wasm here, 1 thread | ${threads} threads | stock wasm | times faster | tfjs-node, ${threads} threads | times faster | cpu | memory here | stock |`,
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...models.map(
      ({ title, own, ownThreads, stock, native, cpu, ownBytes, stockBytes }) =>
        `| ${title} | ${few(own)} | ${few(ownThreads)} | ${stock === undefined ? 'cannot' : few(stock)} | ` +
        `${times(stock, own)} | ${few(native)} | ${times(native, ownThreads)} | ${few(cpu)} | ` +
        `${megabytes(ownBytes)} | ${megabytes(stockBytes)} |`,
    ),
    '',
    `| product of square matrices | 1 thread | of ${registerLimit.toFixed(1)} GFLOP/s in registers alone | ${threads} threads | times faster |`,
    '| --- | --- | --- | --- | --- |',
    ...made.map(
      ({ name, gflops, threadGflops }) =>
        `| ${name} | ${gflops.toFixed(1)} GFLOP/s | ${((100 * gflops) / registerLimit).toFixed(0)} % | ` +
        `${threadGflops.toFixed(1)} GFLOP/s | ${(threadGflops / gflops).toFixed(2)}x |`,
    ),
    ...(withoutNative === undefined ? [] : ['', `tfjs-node took no part: ${withoutNative}`]),
  ];
}
