// Runs the cases on all backends and writes docs/conformance.md: `npm run conformance`. All of them have to be here.
import fs from 'node:fs';
import path from 'node:path';
import { prepareTensorflowNode } from '../../harness/tensorflowNode';
import { backends, outcomesOn, prepared, proofs, type Backend } from './run';
import { render, verdicts, type Verdicts } from './table';
import type { Outcomes } from './outcome';

const repository = path.resolve(__dirname, '../../../..');
const file = path.join(repository, 'docs/conformance.md');

async function main(): Promise<void> {
  process.env.TFJS_NODE_MODULES ??= prepareTensorflowNode(repository, console.log);
  const absent = backends.filter((backend) => !prepared(backend));
  if (absent.length > 0)
    throw new Error(`The table needs all backends; this machine has no ${absent.join(' and no ')}.`);
  const none: Outcomes = new Map();
  const outcomes: Partial<Record<Backend, Outcomes>> = {};
  for (const backend of backends) {
    const began = Date.now();
    outcomes[backend] = (await outcomesOn(backend)) ?? none;
    console.log(`${backend}: ${Math.round((Date.now() - began) / 1000)} s`);
  }
  const columns = Object.fromEntries(
    backends.map((backend) => [backend, verdicts(outcomes[backend] ?? none, outcomes.cpu ?? none)]),
  ) as Record<Backend, Verdicts>;
  const { format, resolveConfig } = await import('prettier');
  const text = render(versions(), columns, proofs());
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, await format(text, { ...(await resolveConfig(file)), parser: 'markdown' }));
}

function versions(): Record<string, string> {
  const versionOf = (backend: Backend, name: string) => {
    const { modules = '' } = prepared(backend) ?? {};
    const text = fs.readFileSync(path.join(modules, name, 'package.json'), 'utf8');
    return (JSON.parse(text) as { version: string }).version;
  };
  return {
    'TensorFlow.js': versionOf('cpu', '@tensorflow/tfjs'),
    webgpu: versionOf('webgpu', 'webgpu'),
    'tfjs-node': versionOf('tensorflow', '@tensorflow/tfjs-node'),
  };
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
