import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Committed } from '../../../src/editor/cost/committed';

describe('a file as it was last committed', () => {
  let folder: string;
  let committed: Committed;
  const write = (name: string, text: string) => {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    return file;
  };
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.test', ...args], { cwd: folder });

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'compute-lens-committed-'));
    committed = new Committed();
  });
  afterEach(() => {
    committed.dispose();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it('is bundled with what it imported then', async () => {
    const entry = write(
      'nets/model.ts',
      `import { units } from './sizes';\nexport const n: number = units;\n`,
    );
    write('nets/sizes.ts', `export const units = 1001;\n`);
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'a model');
    write('nets/sizes.ts', `export const units = 2002;\n`);
    write('nets/model.ts', `export const n = 3003;\n`);
    const { code, source } = await committed.bundle(entry);
    assert.match(code, /1001/);
    assert.doesNotMatch(code, /2002|3003/);
    assert.match(source, /import \{ units \}/);
    // Once there is another commit, it is that which counts.
    git('commit', '-qam', 'another');
    assert.match((await committed.bundle(entry)).code, /3003/);
  });

  it('is none where it was never committed, or where there is no repository', async function () {
    const entry = write('model.ts', `export const n = 1;\n`);
    await assert.rejects(committed.bundle(entry), /model\.ts is in no git repository/);
    git('init', '-q');
    await assert.rejects(committed.bundle(entry), /model\.ts is not in the last commit/);
  });
});
