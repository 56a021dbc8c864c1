import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { EditorApi } from '../../src/editor/activate';
import type { RunSummary } from '../../src/runs/runIndex';

/** The folder that this window has open. */
export function folder(): string {
  const [first] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(first, 'the suite runs in a window with a folder');
  return first.uri.fsPath;
}

export function write(name: string, text: string): vscode.Uri {
  const file = path.join(folder(), name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  return vscode.Uri.file(file);
}

export function extension(): vscode.Extension<EditorApi> {
  const found = vscode.extensions.getExtension<EditorApi>('compute-lens.compute-lens');
  assert.ok(found, 'the extension is not installed in this window');
  return found;
}

export async function runs(): Promise<readonly RunSummary[]> {
  return (await extension().activate()).runs();
}

/** The run in this folder, once `condition` holds of it. */
export async function runWhen(
  directory: string,
  condition: (summary: RunSummary) => boolean,
  what: string,
  seconds = 60,
): Promise<RunSummary> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const summary = (await runs()).find((each) => each.directory === directory);
    if (summary && condition(summary)) return summary;
    if (Date.now() > deadline)
      assert.fail(`waited ${seconds} s in vain for ${what}; the run is ${JSON.stringify(summary)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Waits until `look` finds something. */
export async function eventually<T>(
  look: () => T | undefined | false,
  what: string,
  seconds = 20,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) assert.fail(`waited ${seconds} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A small experiment on 512 glyphs, 16 steps an epoch. */
export function experiment(fields = ''): string {
  return `import { defineExperiment, glyphs } from 'compute-lens';
export default defineExperiment({
  params: { lr: 1e-3 },
  data: glyphs({ train: 512, test: 128, shape: 'flat' }),
  model: ({ tf, inputShape }) =>
    tf.sequential({ layers: [tf.layers.dense({ inputShape, units: 10, activation: 'softmax' })] }),
  optimizer: ({ tf, params }) => tf.train.adam(params.lr),
  loss: 'categoricalCrossentropy',
  metrics: ['accuracy'],
  batchSize: 32,
  epochs: 1,
  ${fields}
});
`;
}

/** Makes each step last 20 ms at least, so that there is time to look at a run. */
export const slowly =
  'stopWhen: () => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20); return false; },';
