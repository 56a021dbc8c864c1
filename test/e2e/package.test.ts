import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { loadExtension } from '../harness/extensionLoad';
import { eventually } from '../harness/processes';
import { repository, VsCodeWindow } from '../harness/window';
import { readRecord, Workspace } from '../harness/workspace';

const packages = path.join(repository, 'out', 'package');
const kinds = ['universal', ...(process.platform === 'linux' && process.arch === 'x64' ? ['linux-x64'] : [])];

/** All that a VSIX may hold. */
const wanted = [
  /^(package(\.nls(\.zh-cn)?)?\.json|readme\.md|changelog\.md|LICENSE\.txt|\.vsixmanifest)$/,
  /^media\/(icon\.(png|svg)|run(Dark|Light)\.svg)$/,
  /^media\/walkthrough\/\w+((\.nls\.zh-cn)?\.md|\.png)$/,
  /^dist\/[\w-]+\.(js|mjs)$/,
  /^dist\/(kernels|tfjs-backend-wasm)[\w-]*\.wasm$/,
  /^dist\/webview\/\w+\.(js|css)$/,
  /^dist\/types\/.+\.d\.ts$/,
  /^dist\/THIRD-PARTY-NOTICES\.txt$/,
  /^dist\/node_modules\/esbuild\/(package\.json|LICENSE\.md|lib\/main\.js)$/,
];
const compiler: Record<string, RegExp> = {
  universal: /^dist\/node_modules\/esbuild\/(bin\/esbuild|esbuild\.wasm|wasm_exec(_node)?\.js)$/,
  'linux-x64': /^dist\/node_modules\/@esbuild\/linux-x64\/(package\.json|bin\/esbuild)$/,
};

function files(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
}

describe('the package', function () {
  this.timeout(300_000);
  let workspace: Workspace;
  let window: VsCodeWindow | undefined;
  const vsix = (kind: string) => {
    const { version } = JSON.parse(fs.readFileSync(path.join(repository, 'package.json'), 'utf8')) as {
      version: string;
    };
    return path.join(packages, `compute-lens-${version}-${kind}.vsix`);
  };
  const node = (...args: string[]) =>
    execFileSync(process.execPath, args, { cwd: repository, encoding: 'utf8', stdio: 'pipe' });

  before(() => {
    node('esbuild.js', '--production');
    const targets = kinds.filter((kind) => kind !== 'universal').flatMap((kind) => ['--target', kind]);
    node(path.join('build', 'package.js'));
    if (targets.length > 0) node(path.join('build', 'package.js'), ...targets);
    workspace = new Workspace();
    fs.cpSync(path.join(repository, 'examples', 'quickstart'), workspace.folder, { recursive: true });
  });
  after(async () => {
    await window?.close();
    workspace?.remove();
  });

  it('names the licence of everything that it bundles', () => {
    const notices = fs.readFileSync(path.join(packages, 'dist', 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    for (const name of ['@tensorflow/tfjs-core', 'valibot', 'uplot', 'esbuild', 'assemblyscript'])
      assert.match(notices, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\((MIT|Apache-2\\.0)\\)$`, 'm'));
  });

  it('has the editor read less than 100 kB when it opens', () => {
    const { bytes, files: read } = loadExtension(path.join(packages, 'dist', 'extension.js'));
    console.log(`      ${(bytes / 1000).toFixed(1)} kB in ${read.length} files`);
    assert.ok(bytes < 100_000, `${bytes} bytes of ${read.join(', ')}`);
  });

  for (const kind of kinds)
    it(`costs a model in a terminal, without a Node on the PATH: ${kind}`, () => {
      const cli = path.join(packages, kind, 'dist', 'cli.js');
      const file = path.join(workspace.folder, 'quickstart.experiment.ts');
      const out = execFileSync(process.execPath, [cli, 'cost', file, '--json'], {
        env: { ...process.env, PATH: '' },
        encoding: 'utf8',
      });
      const { models } = JSON.parse(out) as { models: { params: number }[] };
      // 784 x 256 + 256, 256 x 128 + 128, 128 x 10 + 10.
      assert.equal(models[0]?.params, 235_146);
    });

  it('is installed into an editor that has nothing else, small and without what nobody needs', async () => {
    for (const kind of kinds) {
      const { size } = fs.statSync(vsix(kind));
      console.log(`      ${path.basename(vsix(kind))}: ${(size / 1e6).toFixed(2)} MB`);
      assert.ok(size < 8e6, `${kind} has ${size} bytes`);
      const shipped = files(path.join(packages, kind)).filter((file) => file !== '.vscodeignore');
      const allowed = [...wanted.slice(1), compiler[kind] as RegExp];
      const asShipped = /^(package(\.nls(\.zh-cn)?)?\.json|README\.md|CHANGELOG\.md|LICENSE)$/;
      const others = shipped.filter((file) => ![asShipped, ...allowed].some((each) => each.test(file)));
      assert.deepEqual(others, [], kind);
    }
    window = await VsCodeWindow.open({ workspace: workspace.folder, vsix: vsix('universal') });
    const extensions = path.join(window.server.dataFolder, 'extensions');
    const [installed] = fs.readdirSync(extensions).filter((name) => name.startsWith('compute-lens.'));
    assert.ok(installed, 'the package is not among the installed extensions');
    const others = files(path.join(extensions, installed)).filter(
      (file) => ![...wanted, compiler.universal as RegExp].some((each) => each.test(file)),
    );
    assert.deepEqual(others, []);
  });

  it('runs the quickstart, and shows its curve', async () => {
    assert.ok(window);
    const { panel } = window;
    await window.openFile('quickstart.experiment.ts');
    await window.command('Compute Lens: Run Experiment');
    await window.pick('quickstart');
    await window.pick('as the file says');
    await panel.locator('#status').getByText('Running').waitFor();
    const painted = () =>
      panel
        .locator('section[data-quantity="loss"] canvas')
        .first()
        .evaluate((element: unknown) => {
          const canvas = element as {
            width: number;
            height: number;
            getContext(kind: '2d'): { getImageData(...box: number[]): { data: Uint8ClampedArray } };
          };
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          return data.filter((alpha, index) => index % 4 === 3 && alpha > 0).length;
        });
    await eventually(async () => (await painted()) > 1000, 'a curve of the loss');
    await panel.locator('#status').getByText('Finished').waitFor({ timeout: 240_000 });
    const [run] = workspace.runs();
    const accuracy = readRecord(run ?? '')?.result?.evaluation?.acc ?? 0;
    assert.ok(accuracy > 0.9, `the test accuracy is ${accuracy}`);
    await window.screenshot('packaged-quickstart');
  });

  it('makes an experiment that trains', async () => {
    assert.ok(window);
    await window.command('Compute Lens: New Experiment');
    await window.page.locator('.quick-input-widget').filter({ hasText: 'Name of the experiment' }).waitFor();
    await window.quickInput().fill('mine');
    await window.page.keyboard.press('Enter');
    await window.page.locator('.tab.active').filter({ hasText: 'mine.experiment.ts' }).waitFor();
    await window.command('Compute Lens: Run Experiment');
    await window.pick('mine');
    await window.pick('as the file says');
    const finished = () =>
      workspace
        .runs()
        .map((run) => readRecord(run))
        .find((record) => record?.name === 'mine' && record.status === 'finished');
    await eventually(finished, 'the end of the new experiment', 120);
  });
});
