import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { installBackend } from '../../../src/train/install';
import { findPackage } from '../../../src/train/packages';
import { freshFolder } from '../runs/runFolder';

/** With the real npm; the package is a development dependency as well, so npm has it in its cache. */
describe('installing a backend', function () {
  this.timeout(180_000);
  const folder = freshFolder();
  const target = () => path.join(folder(), 'storage');

  it('puts its package where backends are looked up, and passes on what npm says', async () => {
    const lines: string[] = [];
    await installBackend('webgpu', target(), (line) => lines.push(line));
    const found = findPackage('webgpu', [target()]);
    assert.ok(found?.startsWith(target()), `found in ${found}`);
    assert.match(lines[0] ?? '', /npm install webgpu@/);
    assert.ok(lines.length > 1);
  });

  it('ends with what was started for it when it is cancelled', async () => {
    const controller = new AbortController();
    const installing = installBackend('webgpu', target(), () => controller.abort(), controller.signal);
    await assert.rejects(installing, { name: 'AbortError' });
  });

  it('says why npm failed, and what to try', async () => {
    fs.mkdirSync(target());
    fs.writeFileSync(
      path.join(target(), '.npmrc'),
      'registry=http://127.0.0.1:9/\nfetch-retries=0\nprefer-online=true\n',
    );
    const lines: string[] = [];
    await assert.rejects(
      installBackend('tensorflow', target(), (line) => lines.push(line)),
      (error: Error) => {
        assert.match(error.message, /npm could not install @tensorflow\/tfjs-node@/);
        assert.match(error.message, /server could not be reached/);
        return true;
      },
    );
  });
});
