import assert from 'node:assert/strict';
import fs from 'node:fs';
import * as vscode from 'vscode';
import { eventually, experiment, extension, write } from './workspace';

const settings = () => vscode.workspace.getConfiguration('computeLens');
const settled = async () => (await extension().activate()).costsSettled();

async function open(uri: vscode.Uri): Promise<vscode.TextEditor> {
  return vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.Active });
}

/** Lenses as `line: text`, lines from 1; ours alone. */
async function lenses(uri: vscode.Uri): Promise<string[]> {
  const found = await vscode.commands.executeCommand<vscode.CodeLens[]>(
    'vscode.executeCodeLensProvider',
    uri,
    100,
  );
  return found
    .filter(({ command }) => command?.command === 'computeLens.showCost')
    .map(({ range, command }) => `${range.start.line + 1}: ${command?.title}`);
}

async function lensesWhen(uri: vscode.Uri, text: string | RegExp): Promise<string[]> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const found = await lenses(uri);
    if (found.some((each) => (typeof text === 'string' ? each.includes(text) : text.test(each))))
      return found;
    if (Date.now() > deadline)
      assert.fail(`waited in vain for ${String(text)}; there is ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function replace(editor: vscode.TextEditor, text: string, by: string): Promise<void> {
  const { document } = editor;
  const at = document.getText().indexOf(text);
  assert.ok(at >= 0, `${text} is not in the file`);
  const range = new vscode.Range(document.positionAt(at), document.positionAt(at + text.length));
  await editor.edit((edit) => edit.replace(range, by));
}

const ours = (uri: vscode.Uri) =>
  vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'Compute Lens');

const head = `import * as tf from '@tensorflow/tfjs';\n`;
const mlp = `${head}export const mlp = () =>
  tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [784], units: 512, activation: 'relu' }),
      tf.layers.dense({ units: 10 }),
    ],
  });
`;

describe('costs in the editor', function () {
  this.timeout(60_000);
  afterEach(async () => {
    for (const name of ['cost.enabled', 'cost.convention', 'cost.batchSize', 'cost.modelFields', 'backend'])
      await settings().update(name, undefined, vscode.ConfigurationTarget.Global);
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('stand above models and layers as soon as a file is open', async () => {
    const uri = write('mlp.ts', mlp);
    await open(uri);
    // Parameters and MACs are published figures: 407,050 and 406,528. Backward, the first layer's input needs no
    // gradient: 401,408 + 2 * 5,120 MACs. Adam: 14 a parameter.
    const [whole, ...layers] = await lensesWhen(uri, 'mlp:');
    assert.match(whole ?? '', /^2: mlp: 407 k params \| 813 kFLOPs \| step 7\.34 MFLOPs \| peak \d+ MB$/);
    assert.deepEqual(layers, [
      '5: 402 k params | 803 kFLOPs | 2.0 kB | 99 %',
      '6: 5.13 k params | 10.2 kFLOPs | 40 B | 1 %',
    ]);
    const [hover] = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      uri,
      new vscode.Position(4, 10),
    );
    const text = (hover?.contents ?? []).map((each) => (each as vscode.MarkdownString).value).join();
    assert.match(text, /401,920 parameters/);
  });
  it('follow the unsaved text of a file that another one imports', async () => {
    const part = write(
      'part.ts',
      `${head}export const part = (units: number) => tf.layers.dense({ units, useBias: true });\n`,
    );
    const whole = write(
      'whole.ts',
      `${head}import { part } from './part';\nexport function whole() {\n  const m = tf.sequential();\n  m.add(tf.layers.flatten({ inputShape: [5, 2] }));\n  m.add(part(7));\n  return m;\n}\n`,
    );
    await open(whole);
    await lensesWhen(whole, /^6: 77 params/);
    const editor = await open(part);
    await lensesWhen(part, /^2: 77 params/);
    await replace(editor, 'useBias: true', 'useBias: false');
    await lensesWhen(part, /^2: 70 params/);
    await lensesWhen(whole, /^6: 70 params/);
  });
  it('are those of the experiment that uses a file, with its batch and its data', async () => {
    const model = write(
      'used.ts',
      `${head}export function used(inputShape: number[], units: number) {\n  return tf.sequential({\n    layers: [\n      tf.layers.dense({ inputShape, units }),\n    ],\n  });\n}\n`,
    );
    write(
      'uses.experiment.ts',
      experiment()
        .replace('import', `import { used } from './used';\nimport`)
        .replace(/model:[^]*?\}\),\n/, 'model: ({ inputShape }) => used(inputShape, 10),\n'),
    );
    const editor = await open(model);
    await lensesWhen(model, /^5: 7\.85 k params \| 502 kFLOPs/);
    await replace(editor, 'units })', 'units, useBias: false })');
    await lensesWhen(model, /^5: 7\.84 k params/);
  });
  it('add up the whole training of an experiment', async () => {
    const uri = write('whole.experiment.ts', experiment('').replace('train: 512', 'train: 500'));
    await open(uri);
    // 15 steps of 32 examples and one of 20: 2 * 7,840 MACs forward and as many for the weights, for each example
    // (a first layer's input needs no gradient, and this one's is not computed); Adam 14 a parameter, and 4 a step.
    const forward = 2 * 7840 * 500;
    const [model] = (await lensesWhen(uri, 'training')).filter((each) => each.includes('training'));
    const backward = /training ([\d.]+) MFLOPs/.exec(model ?? '')?.[1];
    const least = (2 * forward + 16 * (14 * 7850 + 4)) / 1e6;
    const most = (3 * forward + 16 * (14 * 7850 + 4)) / 1e6;
    const said = Number(backward);
    assert.ok(
      [least, most].some((value) => Math.abs(value - said) < 0.06),
      `${said} is neither ${least} nor ${most}`,
    );
  });
  it('tell dense and sparse apart, and mark what is wrong at the line of the sparsity', async () => {
    const sparse = experiment(`sparsity: rigl({ sparsity: 0.9, updateEvery: 4 }),`)
      .replace('glyphs }', 'glyphs, rigl }')
      .replace('dense({ inputShape', "dense({ name: 'only', inputShape");
    const uri = write('sparse.experiment.ts', sparse);
    const editor = await open(uri);
    // 7,840 weights, 784 of them kept; 32 examples in a batch.
    await lensesWhen(uri, /^6: 7\.85 k params, 10\.0 % kept \| 502 kFLOPs dense, 50\.2 kFLOPs sparse \|/);
    // 16 steps, two of them updates (4 and 8; 12 is the end): 14 * 3 * 0.1 and 2 * (2 * 0.1 + 1) of 16 * 3.
    await lensesWhen(uri, /^2: sparse: 7\.85 k params, 10\.0 % kept \| rigl: 13\.8 % of dense training \|/);
    await replace(editor, 'sparsity: 0.9', `sparsity: 0.9, keepDense: ['first']`);
    const [found] = await eventually(() => ours(uri).length > 0 && ours(uri), 'a diagnostic');
    assert.match(found?.message ?? '', /"first" is the name of no layer or weight; there are only\/kernel/);
    assert.equal(found?.severity, vscode.DiagnosticSeverity.Error);
    assert.equal(found?.range.start.line, 11);
    await lensesWhen(uri, '· stale');
    await replace(editor, `, keepDense: ['first']`, '');
    await eventually(() => ours(uri).length === 0, 'the diagnostic to go');
    await lensesWhen(uri, /^2: (?!.*stale).*% of dense training/);
  });
  it('change their unit, batch size and fields with the settings', async () => {
    const uri = write('settings.ts', mlp);
    await open(uri);
    await lensesWhen(uri, '813 kFLOPs');
    await vscode.commands.executeCommand('computeLens.setCostConvention', 'mac');
    await lensesWhen(uri, '407 kMACs');
    await vscode.commands.executeCommand('computeLens.setCostBatchSize', 64);
    await lensesWhen(uri, '26 MMACs');
    await settings().update('cost.modelFields', ['batch', 'params'], vscode.ConfigurationTarget.Global);
    await lensesWhen(uri, '2: mlp: batch 64 | 407 k params');
    await vscode.commands.executeCommand('computeLens.toggleCostLenses');
    assert.deepEqual(await lenses(uri), []);
    await vscode.commands.executeCommand('computeLens.toggleCostLenses');
    await lensesWhen(uri, 'mlp: batch 64');
  });
  it('stand above a model that TensorFlow.js has saved', async () => {
    const layers = (name: string, units: number, more: object) => ({
      class_name: 'Dense',
      config: { name, units, activation: 'linear', use_bias: true, ...more },
    });
    const topology = {
      class_name: 'Sequential',
      config: {
        name: 'saved',
        layers: [layers('a', 5, { batch_input_shape: [null, 3] }), layers('b', 2, {})],
      },
      keras_version: 'tfjs-layers 4.22.0',
      backend: 'tensor_flow.js',
    };
    const uri = write(
      'saved/model.json',
      JSON.stringify({ format: 'layers-model', modelTopology: topology }),
    );
    await open(uri);
    await lensesWhen(uri, /^1: saved: 32 params \| 50 FLOPs/);
  });
  it('warn of kernels that the chosen backend lacks, on the line that needs them', async () => {
    await settings().update('backend', 'wasm', vscode.ConfigurationTarget.Global);
    const uri = write(
      'spectrum.ts',
      `${head}class Spectrum extends tf.layers.Layer {
  static className = 'Spectrum';
  call([x]: tf.Tensor[]) {
    return tf.real(tf.spectral.fft(tf.complex(x, tf.zerosLike(x))));
  }
}
export const spectrum = () =>
  tf.sequential({ layers: [tf.layers.dense({ inputShape: [8], units: 4 }), new Spectrum({})] });
`,
    );
    await open(uri);
    const found = await eventually(() => ours(uri).length > 0 && ours(uri), 'a warning');
    const warning = found.find(({ message }) => /wasm backend lacks FFT/.test(message));
    assert.equal(warning?.range.start.line, 4, JSON.stringify(found));
    await settings().update('backend', 'cpu', vscode.ConfigurationTarget.Global);
    await eventually(() => ours(uri).length === 0, 'the warning to go');
  });
  it('leave the editor quick while a file never ends, and say so', async () => {
    const uri = write(
      'endless.ts',
      `${head}const again = (): Promise<void> => Promise.resolve().then(again);\nvoid again();\n`,
    );
    await open(uri);
    const [remark] = await eventually(() => ours(uri).length > 0 && ours(uri), 'a remark', 40);
    assert.match(remark?.message ?? '', /longer than|does not come to an end|ended/);
    const good = write('after.ts', mlp);
    await open(good);
    await lensesWhen(good, 'mlp:');
    fs.rmSync(uri.fsPath);
  });
  it('are gone with the file, and cost nothing then', async () => {
    const uri = write('gone.ts', mlp.replace('units: 10', 'units: "ten"'));
    await open(uri);
    await settled();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await eventually(() => ours(uri).length === 0, 'its diagnostics to go');
  });
});
