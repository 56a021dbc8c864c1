// A process of its own, since a Vulkan driver is chosen when a process starts: checks every family and comparison on
// WebGPU and prints `{ name, problem }` for each, a line of JSON.
import { Random } from '../../../src/data/random';
import type { Tf } from '../../../src/train/tfInstance';
import { webgpuTensorflow } from '../../harness/webgpuTensorflow';
import { arithmeticFamilies } from './arithmeticCases';
import { families } from './cases';
import { checkFamily } from './checks';
import { comparisons, difference, outcome, type Comparison } from './comparisons';

/** Of the cases that the other backends are checked with: each new shape may be a shader to compile. */
const share = 1 / 5;
const shapes = 3;

async function main(): Promise<void> {
  const { tf } = await webgpuTensorflow();
  // Else tensors as small as these never reach the GPU.
  tf.env().set('WEBGPU_CPU_FORWARD', false);
  for (const family of [...families, ...arithmeticFamilies])
    await report(family.name, () => checkFamily(tf, { ...family, count: Math.ceil(family.count * share) }));
  for (const each of comparisons) await report(each.name, () => compareBackends(tf, each));
}

async function report(name: string, check: () => Promise<void>): Promise<void> {
  const problem = await check().catch((error: Error) => error.message);
  process.stdout.write(`${JSON.stringify({ name, problem })}\n`);
}

async function compareBackends(tf: Tf, { name, make }: Comparison): Promise<void> {
  for (let i = 0; i < shapes; i++) {
    const call = make(Random.from(1, name, i));
    await tf.setBackend('cpu');
    const expected = await outcome(tf, call);
    await tf.setBackend('webgpu');
    const problem = difference(await outcome(tf, call), expected);
    if (problem)
      throw new Error(`${problem}: ${call.inputs.map(({ shape }) => `[${shape.join()}]`).join(', ')}`);
  }
}

void main().then(() => process.exit());
