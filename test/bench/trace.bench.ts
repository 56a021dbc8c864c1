import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { lensText } from '../../src/editor/cost/lensText';
import { TraceBook } from '../../src/editor/cost/traceBook';
import { Bundler } from '../../src/trace/bundle';
import type { TraceResult } from '../../src/trace/request';
import { TracerClient } from '../../src/trace/tracerClient';
import { median } from './median';
import { resnet50Source } from './resnet50Source';

const repository = path.resolve(__dirname, '../../..');

export interface TraceTimes {
  readonly name: string;
  readonly params: number;
  /** Bundling the file and tracing a whole training step, in a process that has not seen it before. */
  readonly firstMilliseconds: number;
  /** The same after an edit: medians. */
  readonly bundleMilliseconds: number;
  readonly traceMilliseconds: number;
}

export interface TraceBench {
  readonly startMilliseconds: number;
  readonly traces: readonly TraceTimes[];
  /** All lenses of a ResNet-50 with a line for each layer, from the last trace. */
  readonly lenses: number;
  readonly lensMilliseconds: number;
}

/** Times from a text to its cost, in a real tracer process. */
export async function benchTraces(rounds: number): Promise<TraceBench> {
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'compute-lens-bench-'));
  const bundler = new Bundler(() => undefined);
  const tracer = new TracerClient({ tracerFile: path.join(repository, 'dist', 'tracer.js') });
  const began = performance.now();
  await tracer.warmUp();
  const startMilliseconds = performance.now() - began;
  const traces: TraceTimes[] = [];
  let resnet: { file: string; result: TraceResult } | undefined;
  try {
    for (const [name, source] of Object.entries(sources())) {
      const file = path.join(folder, `${name.replace(/\W/g, '')}.ts`);
      const once = async (text: string) => {
        fs.writeFileSync(file, text);
        const at = performance.now();
        const { code, sourceMap, source: typed } = await bundler.bundle(file);
        const bundled = performance.now();
        const result = await tracer.trace({
          kind: 'module',
          file,
          workspace: folder,
          batch: 1,
          code,
          sourceMap,
          source: typed,
        });
        return { result, bundle: bundled - at, trace: performance.now() - bundled };
      };
      const first = await once(source);
      const later = [];
      for (let i = 0; i < rounds * 3; i++) later.push(await once(`${source}// ${i}\n`));
      const [model] = first.result.models;
      if (!model) throw new Error(`${name}: ${JSON.stringify(first.result.remarks)}`);
      traces.push({
        name,
        params: model.trainableParams,
        firstMilliseconds: first.bundle + first.trace,
        bundleMilliseconds: median(later.map(({ bundle }) => bundle)),
        traceMilliseconds: median(later.map(({ trace }) => trace)),
      });
      if (name.startsWith('ResNet')) resnet = { file, result: first.result };
    }
    return { startMilliseconds, traces, ...lensTimes(resnet, rounds) };
  } finally {
    tracer.dispose();
    await bundler.dispose();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function sources(): Record<string, string> {
  const known = (name: string) => JSON.stringify(path.join(repository, 'test', 'unit', 'cost', name));
  const head = `import * as tf from '@tensorflow/tfjs';\n`;
  const architecture = (call: string) =>
    `${head}import { Architectures } from ${known('architectures.ts')};\nexport const model = () => new Architectures(tf as never).${call};\n`;
  return {
    'LeNet-5': architecture('lenet5()'),
    'ResNet-50, a line a layer': resnet50Source(),
    'LSTM (two layers of 256, 50 steps)': `${head}export const model = () =>
  tf.sequential({
    layers: [
      tf.layers.embedding({ inputDim: 5000, outputDim: 128, inputLength: 50 }),
      tf.layers.lstm({ units: 256, returnSequences: true }),
      tf.layers.lstm({ units: 256 }),
      tf.layers.dense({ units: 5000, activation: 'softmax' }),
    ],
  });\n`,
    'ViT-B/16': `${head}import { vitB16 } from ${known('transformers.ts')};\nexport const model = () => vitB16(tf as never);\n`,
  };
}

function lensTimes(resnet: { file: string; result: TraceResult } | undefined, rounds: number) {
  if (!resnet) return { lenses: 0, lensMilliseconds: NaN };
  const { file, result } = resnet;
  const book = new TraceBook();
  book.record(file, result, [file], book.moment());
  const style = {
    convention: 'mac2' as const,
    layerFields: ['params', 'forward', 'activations', 'share'],
    modelFields: ['params', 'forward', 'step', 'peak', 'training'],
    callLines: true,
  };
  const times: number[] = [];
  let lenses = 0;
  for (let i = 0; i < rounds * 20; i++) {
    const began = performance.now();
    lenses = book.linesOf(file).map((shown) => lensText(shown, style)).length;
    times.push(performance.now() - began);
  }
  return { lenses, lensMilliseconds: median(times) };
}
