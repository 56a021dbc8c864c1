// Products of matrices on our kernels, in a process of its own: `engineProducts.js THREADS`. Prints one line of JSON.
import fs from 'node:fs';
import path from 'node:path';
import { moduleFile } from '../../src/kernels/native/moduleFile';
import type { NativeFunction } from '../../src/kernels/native/native';
import type { Tf } from '../../src/train/tfInstance';

const dist = path.resolve(__dirname, '../../../dist');
const sizes = [512, 1024];
const forms = [
  ['A B', false, false],
  ["A' B", true, false],
  ["A B'", false, true],
  ["A' B'", true, true],
] as const;

async function main(threads: number): Promise<void> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- the built product, as a trainer loads it
  const tf = require(path.join(dist, 'tf.js')) as Tf;
  tf.setThreadsCount(threads);
  tf.setWasmPaths(dist + path.sep);
  await tf.setBackend('wasm');
  await tf.threadsStarted(tf.backend());
  const limit = registerGflops();
  const products = sizes.flatMap((side) => {
    const [a, b] = [tf.randomUniform([side, side]), tf.randomUniform([side, side])];
    const made = forms.map(([form, transposeA, transposeB]) => {
      const milliseconds = fastest(() => tf.matMul(a, b, transposeA, transposeB).dispose());
      return { name: `${form}, ${side}`, gflops: (2 * side ** 3) / milliseconds / 1e6 };
    });
    tf.dispose([a, b]);
    return made;
  });
  process.stdout.write(`\n${JSON.stringify({ registerLimit: limit, products })}\n`, () => process.exit());
}

/** The module's own yardstick, of the variant that training takes. */
function registerGflops(): number {
  const module = new WebAssembly.Module(fs.readFileSync(path.join(dist, moduleFile(false))));
  const memory = new WebAssembly.Memory({ initial: 1 });
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const { registerLimit, registerSums } = instance.exports as Record<
    'registerLimit' | 'registerSums',
    NativeFunction
  >;
  const rounds = 1_000_000;
  const milliseconds = fastest(() => registerLimit(rounds));
  return (8 * registerSums() * rounds) / milliseconds / 1e6;
}

/** Milliseconds of the fastest of many. */
function fastest(run: () => void): number {
  let least = Infinity;
  const began = performance.now();
  while (performance.now() - began < 1000) {
    const start = performance.now();
    run();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

void main(Number(process.argv[2] ?? 1));
