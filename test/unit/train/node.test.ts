import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { findNode, type Asker } from '../../../src/train/node';
import { trainerEnvironment } from '../../../src/train/trainerProcess';
import { freshFolder } from '../runs/runFolder';

/** Electron forbids what the webgpu package needs, so a desktop editor trains on a real Node where there is one. */
describe('the Node that trains', () => {
  const folder = freshFolder();
  const node = { path: process.execPath, version: process.versions.node, isElectron: false };
  const electron = { path: '/opt/code/code', version: '20.19.0', isElectron: true };
  const asking = (asker: object, ...folders: string[]) =>
    findNode(undefined, { ...asker, searchPath: folders.join(path.delimiter) } as Asker);

  /** A program named "node" that says it is of this version. */
  function plant(version: string): string {
    const place = fs.mkdtempSync(path.join(folder(), 'bin-'));
    fs.writeFileSync(path.join(place, 'node'), `#!/bin/sh\necho v${version}\n`, { mode: 0o755 });
    return place;
  }

  it('is the one that asks, if that is a real Node', async () => {
    assert.deepEqual(await asking(node, folder()), node);
  });

  it('is the first recent one on the PATH for an editor on Electron', async function () {
    if (process.platform === 'win32') return this.skip();
    const [old, first, second] = [plant('18.20.0'), plant('22.1.0'), plant('24.0.0')];
    fs.mkdirSync(path.join(folder(), 'trap', 'node'), { recursive: true });
    const found = await asking(electron, path.join(folder(), 'trap'), '/nowhere', old, first, second);
    assert.deepEqual(found, { path: path.join(first, 'node'), version: '22.1.0', isElectron: false });
  });

  it('is Electron itself where there is no other, and is told to be Node', async () => {
    const found = await asking(electron, folder());
    assert.deepEqual(found, electron);
    assert.equal(trainerEnvironment(found).ELECTRON_RUN_AS_NODE, '1');
  });

  it('is the one in the settings, which must be one that runs and is recent enough', async function () {
    assert.equal((await findNode(process.execPath)).version, process.versions.node);
    await assert.rejects(findNode('/no/such/node'), /no\/such\/node is not a Node program.*nodePath/);
    if (process.platform === 'win32') return;
    await assert.rejects(findNode(path.join(plant('18.20.0'), 'node')), /is Node 18\.20\.0.*needs 20\.11/);
  });

  it('gets nothing of the editor’s environment that would change it', () => {
    process.env.VSCODE_TEST_ONLY = '1';
    process.env.NODE_OPTIONS ??= '';
    try {
      const environment = trainerEnvironment(node);
      assert.deepEqual(
        Object.keys(environment).filter((name) => /^(VSCODE_|ELECTRON_)|^NODE_OPTIONS$/.test(name)),
        [],
      );
      assert.equal(environment.PATH, process.env.PATH);
    } finally {
      delete process.env.VSCODE_TEST_ONLY;
    }
  });
});
