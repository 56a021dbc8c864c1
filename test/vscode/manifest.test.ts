import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { extension } from './workspace';

interface Manifest {
  readonly icon: string;
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string }[]>>;
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly default: unknown }>> };
    readonly walkthroughs: readonly {
      readonly steps: readonly {
        readonly description: string;
        readonly media: { readonly markdown: string };
      }[];
    }[];
  };
}

describe('the manifest', () => {
  const manifest = () => extension().packageJSON as Manifest;
  const contributed = () => manifest().contributes.commands.map(({ command }) => command);

  before(() => extension().activate());

  it('contributes the commands that are registered, and no others', async () => {
    // The editor itself adds a few for each view.
    const registered = (await vscode.commands.getCommands(true)).filter(
      (name) => name.startsWith('computeLens.') && !name.startsWith('computeLens.runs.'),
    );
    assert.deepEqual(registered.sort(), contributed().sort());
  });

  it('keeps the editor from watching what trainings write all the time, and nothing else', () => {
    const excluded = vscode.workspace.getConfiguration('files').get<object>('watcherExclude', {});
    const patterns = Object.keys(excluded);
    assert.ok(
      patterns.some((pattern) => pattern.includes('.compute-lens/runs/') && pattern.includes('events.*')),
    );
    assert.ok(patterns.includes('**/.git/objects/**'), 'what the editor leaves out by itself');
    assert.ok(!patterns.some((pattern) => pattern.includes('run.json')));
  });

  it('names only commands that exist, in menus and in the walkthrough', () => {
    const { menus, walkthroughs } = manifest().contributes;
    for (const { command } of Object.values(menus).flat())
      assert.ok(contributed().includes(command), command);
    for (const { description } of walkthroughs.flatMap(({ steps }) => steps))
      for (const [, command] of description.matchAll(/\(command:([\w.]+)\)/g))
        assert.ok(contributed().includes(command as string), command);
  });

  it('has its pictures and walkthrough pages', () => {
    const { icon, contributes } = manifest();
    const pages = contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.markdown));
    for (const file of [icon, ...pages])
      assert.ok(fs.existsSync(path.join(extension().extensionPath, file)), `${file} is missing`);
  });

  it('has every setting that the code reads, with the default that the code expects', () => {
    const settings = vscode.workspace.getConfiguration('computeLens');
    const defaults = Object.keys(manifest().contributes.configuration.properties).map((name) => [
      name,
      settings.inspect(name.replace('computeLens.', ''))?.defaultValue,
    ]);
    assert.deepEqual(Object.fromEntries(defaults), {
      'computeLens.backend': 'auto',
      'computeLens.keepRunning': true,
      'computeLens.openRunningRuns': true,
      'computeLens.queue.concurrency': 1,
      'computeLens.nodePath': '',
      'computeLens.libtensorflow': '',
      'computeLens.budget': {},
      'computeLens.energy.place': '',
      'computeLens.energy.pue': 1,
      'computeLens.energy.pricePerKwh': null,
      'computeLens.energy.pricePerGpuHour': null,
      'computeLens.energy.currency': 'USD',
      'computeLens.energy.processorWatts': null,
      'computeLens.cost.enabled': true,
      'computeLens.cost.convention': 'mac2',
      'computeLens.cost.batchSize': 1,
      'computeLens.cost.layerFields': ['params', 'forward', 'activations', 'share'],
      'computeLens.cost.modelFields': ['params', 'forward', 'step', 'peak', 'training', 'time'],
      'computeLens.cost.callLines': true,
      'computeLens.cost.placement': 'above',
    });
  });

  it('keeps TensorFlow.js out of the extension host', () => {
    const loaded = Object.keys(require.cache).filter((file) => /tfjs|[/\\]tf\.js$/.test(file));
    assert.deepEqual(loaded, []);
    const dist = path.join(extension().extensionPath, 'dist');
    const parts = fs.readdirSync(dist).filter((name) => /^\w+-[A-Z0-9]{8}\.js$/.test(name));
    assert.ok(parts.length > 0);
    for (const name of ['extension.js', 'cost.js', 'seldom.js', 'masksPanel.js', 'runsTable.js', ...parts]) {
      const text = fs.readFileSync(path.join(dist, name), 'utf8');
      assert.doesNotMatch(text, /KernelBackend|setWasmPaths/, name);
    }
  });
});
