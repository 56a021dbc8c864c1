import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { installBackend, type InstallRequest } from '../../../src/train/install';
import { planInstall, planText } from '../../../src/train/installPlan';
import { findLibtensorflow, givenLibrary, layOutDeps } from '../../../src/train/libtensorflow';
import { archiveUri } from '../../../src/train/libtensorflowArchive';
import { findPackage } from '../../../src/train/packages';
import { freshFolder } from '../runs/runFolder';
import { nativeModules, wheelFolder } from './nativePackages';
import { cli } from './workspace';

const node = { path: process.execPath, version: process.versions.node, isElectron: false };

/** With the real npm; webgpu is a development dependency as well, so npm has it in its cache. */
describe('installing a backend', function () {
  this.timeout(180_000);
  const folder = freshFolder();
  const target = () => path.join(folder(), 'storage');
  const request = (name: InstallRequest['name'], changes: Partial<InstallRequest> = {}): InstallRequest => ({
    name,
    folder: target(),
    node,
    onLine: () => undefined,
    ...changes,
  });

  it('puts its package where backends are looked up, and passes on what npm says', async () => {
    const lines: string[] = [];
    await installBackend(request('webgpu', { onLine: (line) => lines.push(line) }));
    const found = findPackage('webgpu', [target()]);
    assert.ok(found?.startsWith(target()), `found in ${found}`);
    assert.match(lines[0] ?? '', /npm install webgpu@/);
    assert.ok(lines.length > 1);
  });

  it('ends with what was started for it when it is cancelled', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const installing = installBackend(request('webgpu', { onLine: () => controller.abort(), signal }));
    await assert.rejects(installing, { name: 'AbortError' });
  });

  it('says why npm failed, and what to try', async () => {
    fs.mkdirSync(target());
    fs.writeFileSync(
      path.join(target(), '.npmrc'),
      'registry=http://127.0.0.1:9/\nfetch-retries=0\nprefer-online=true\n',
    );
    await assert.rejects(installBackend(request('tensorflow')), (error: Error) => {
      assert.match(error.message, /npm could not install @tensorflow\/tfjs-node@/);
      assert.match(error.message, /server could not be reached.*HTTPS_PROXY/);
      return true;
    });
  });

  describe('whose library a server refuses', () => {
    const asked: string[] = [];
    const server = http.createServer((question, answer) => {
      asked.push(`${question.method} ${question.url}`);
      answer.writeHead(403).end('<Error>AccessDenied</Error>');
    });
    const { TFJS_NODE_CDN_STORAGE: before } = process.env;
    beforeEach(async () => {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      process.env.TFJS_NODE_CDN_STORAGE = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    });
    afterEach(async () => {
      if (before === undefined) delete process.env.TFJS_NODE_CDN_STORAGE;
      else process.env.TFJS_NODE_CDN_STORAGE = before;
      await new Promise((resolve) => server.close(resolve));
    });

    it('is said before anything is downloaded, and known as the cause where it was tried all the same', async function () {
      if (archiveUri('tensorflow') === undefined) return this.skip();
      const plan = await planInstall('tensorflow');
      assert.match(planText(plan), /libtensorflow 2\.9\.1 \(about 100 MB\)/);
      assert.match(
        planText(plan),
        /✗ The download is refused: http:.* answers 403.*computeLens\.libtensorflow/,
      );
      await assert.rejects(installBackend(request('tensorflow')), /The server refused the download.*mirror/);
      // The package's own script asked for what the plan had asked for.
      const { pathname } = new URL(archiveUri('tensorflow') ?? '');
      assert.deepEqual(asked, [`HEAD ${pathname}`, `GET ${pathname}`]);
    });
  });

  it('downloads nothing from the command line where it will not train', () => {
    fs.mkdirSync(target());
    const bare = { ...process.env, PATH: folder() };
    const args = [cli, 'install', 'tensorflow-gpu', '--to', target()];
    assert.throws(
      () => execFileSync(process.execPath, args, { env: bare, encoding: 'utf8', stdio: 'pipe' }),
      ({ status, stdout }: { status: number; stdout: string }) => {
        assert.equal(status, 1);
        assert.match(stdout, /Downloads @tensorflow\/tfjs-node-gpu .* CUDA 11\.2 and cuDNN 8\.1/);
        assert.match(stdout, /tensorflow-gpu will not train on this machine\. Nothing was downloaded/);
        return true;
      },
    );
    assert.deepEqual(fs.readdirSync(target()), []);
  });
});

describe('a libtensorflow of the user’s own', () => {
  const folder = freshFolder();

  it('is found in a Python environment, by its folder or its python', async function () {
    const wheel = wheelFolder(nativeModules(this));
    const environment = path.join(folder(), 'env');
    execFileSync('python3', ['-m', 'venv', '--without-pip', environment]);
    await assert.rejects(findLibtensorflow(environment), /python3? has no TensorFlow .*pip install/);
    const python = path.join(environment, 'bin', 'python');
    const paths = execFileSync(python, ['-c', 'import site; print(site.getsitepackages()[0])'], {
      encoding: 'utf8',
    });
    fs.writeFileSync(path.join(paths.trim(), 'wheel.pth'), `${path.dirname(wheel)}\n`);
    const found = await findLibtensorflow(environment);
    assert.deepEqual(found, await findLibtensorflow(python));
    assert.deepEqual(found, await findLibtensorflow(wheel));
    assert.deepEqual(found, {
      library: path.join(wheel, 'libtensorflow_cc.so.2'),
      framework: path.join(wheel, 'libtensorflow_framework.so.2'),
      include: path.join(wheel, 'include'),
      cuda: false,
    });
    const { findings } = await planInstall('tensorflow-gpu', environment);
    assert.ok(findings.some(({ text }) => /built without CUDA: only tensorflow can use it/.test(text)));
  });

  it('is found in a folder with lib and include, each missing part of which is named', async function () {
    if (process.platform !== 'linux') return this.skip();
    const place = path.join(folder(), 'tf');
    const write = (name: string) => {
      fs.mkdirSync(path.dirname(path.join(place, name)), { recursive: true });
      fs.writeFileSync(path.join(place, name), '');
    };
    await assert.rejects(findLibtensorflow(place), /tf does not exist .*COMPUTE_LENS_LIBTENSORFLOW/);
    fs.mkdirSync(place);
    await assert.rejects(
      findLibtensorflow(place),
      /holds no TensorFlow .*libtensorflow\.so\.2 in its folder lib/,
    );
    write('lib/libtensorflow.so.2.9.1');
    await assert.rejects(findLibtensorflow(place), /libtensorflow_framework beside .* is missing/);
    write('lib/libtensorflow_framework.so.2.9.1');
    await assert.rejects(findLibtensorflow(place), /header .*tensorflow\/c\/c_api\.h is missing/);
    for (const header of ['c/c_api.h', 'c/eager/c_api.h', 'core/platform/ctstring_internal.h'])
      write(`include/tensorflow/${header}`);
    fs.symlinkSync('libtensorflow.so.2.9.1', path.join(place, 'lib', 'libtensorflow.so'));
    const found = await findLibtensorflow(place);
    assert.equal(fs.realpathSync(found.library), path.join(place, 'lib/libtensorflow.so.2.9.1'));

    const packageFolder = path.join(folder(), 'package');
    fs.mkdirSync(path.join(packageFolder, 'deps', 'stale'), { recursive: true });
    assert.equal(givenLibrary(packageFolder), undefined);
    layOutDeps(packageFolder, found);
    const deps = path.join(packageFolder, 'deps');
    assert.deepEqual(fs.readdirSync(deps).sort(), ['include', 'lib']);
    assert.deepEqual(fs.readdirSync(path.join(deps, 'lib')).sort(), [
      'libtensorflow.so',
      'libtensorflow.so.2',
      'libtensorflow_framework.so',
      'libtensorflow_framework.so.2',
    ]);
    assert.equal(givenLibrary(packageFolder)?.file, path.join(place, 'lib/libtensorflow.so.2.9.1'));
  });

  it('is asked for before npm is', async () => {
    const lines: string[] = [];
    const asked = {
      folder: folder(),
      node,
      libtensorflow: '/no/such/place',
      onLine: (line: string) => lines.push(line),
    };
    await assert.rejects(installBackend({ name: 'tensorflow', ...asked }), /no\/such\/place does not exist/);
    assert.deepEqual(lines, []);
  });
});
