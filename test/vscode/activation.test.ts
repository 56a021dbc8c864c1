import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { extension, folder } from './workspace';

/** Runs before the other suites, by its name: they all need the extension, and this one must see it asleep. */
describe('the extension', () => {
  it('is not active in a folder without runs that nobody trains in', function () {
    if (fs.existsSync(path.join(folder(), '.compute-lens', 'runs'))) {
      console.log('      NOT RUN: the folder has runs, which activate the extension as they should');
      if (process.env.CI === 'true') assert.fail('the folder of the suite must start without runs');
      this.skip();
    }
    assert.equal(extension().isActive, false);
  });

  it('is woken by runs in the folder, its panels and commands, files that may build a model, and nothing else', () => {
    const { activationEvents } = extension().packageJSON as { activationEvents: string[] };
    assert.deepEqual([...activationEvents].sort(), [
      'onLanguage:javascript',
      'onLanguage:javascriptreact',
      'onLanguage:json',
      'onLanguage:typescript',
      'onLanguage:typescriptreact',
      'onWebviewPanel:computeLens.cost',
      'onWebviewPanel:computeLens.masks',
      'onWebviewPanel:computeLens.run',
      'onWebviewPanel:computeLens.runsTable',
      'workspaceContains:.compute-lens/runs',
    ]);
  });

  it('answers for the runs of a folder that has none', async () => {
    assert.deepEqual(await (await extension().activate()).runs(), []);
  });

  it('reads what shows costs, masks or runs only when there is one to show', () => {
    const loaded = Object.keys(require.cache).filter((file) =>
      /dist[/\\](cost|masksPanel|runMonitor|runsTable)\.js$/.test(file),
    );
    assert.deepEqual(loaded, []);
  });

  it('is small, since every window that uses it reads all of it', () => {
    const folder = path.join(extension().extensionPath, 'dist');
    const files = Object.keys(require.cache).filter((file) => file.startsWith(folder));
    const size = files.reduce((sum, file) => sum + fs.statSync(file).size, 0);
    assert.ok(files.length > 0);
    // Not minified; what is packaged has its limit in the test of the package.
    assert.ok(size < 215_000, `${files.length} files with ${size} bytes are read`);
  });
});
