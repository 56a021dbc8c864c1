import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { eventually, processesOfGroup } from '../harness/processes';
import { openPage, panelOf, repository } from '../harness/window';
import { readRecord } from '../harness/workspace';

/** What `npm start` runs, with a PATH that has no desktop VS Code. */
describe('npm start', function () {
  this.timeout(180_000);
  let child: ChildProcess | undefined;
  let output = '';
  const begin = (...args: string[]) => {
    output = '';
    child = spawn(process.execPath, [path.join(repository, 'out/examples/start.js'), ...args], {
      env: { ...process.env, PATH: pathWithout('code'), DISPLAY: '', WAYLAND_DISPLAY: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (output += String(chunk)));
    return new Promise<number | null>((resolve) => child?.once('exit', resolve));
  };
  const runFolder = () => /run folder +(\S+)/.exec(output)?.[1] ?? '';
  afterEach(() => {
    if (child?.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  });

  it('-- --exit trains the quickstart on glyphs to 97 %, says so, and ends by itself', async () => {
    assert.equal(await begin('--exit'), 0, output);
    assert.match(output, /finished/);
    for (const figure of [/train loss +\d/, /test loss +\d/, /test acc +0\.\d/, /\d s \(measured\)/])
      assert.match(output, figure);
    const record = readRecord(runFolder());
    assert.match(record?.plan?.data ?? '', /^glyphs/);
    const accuracy = record?.result?.evaluation?.acc ?? 0;
    assert.ok(accuracy >= 0.97, `the test accuracy is ${accuracy}`);
    fs.rmSync(runFolder(), { recursive: true });
  });

  it('opens a real editor in which the run is already to be seen, and leaves nothing behind', async () => {
    const ended = begin();
    const url = await eventually(() => /http:\/\/127\.0\.0\.1:\S+/.exec(output)?.[0], 'the address', 120);
    const { browser, page } = await openPage();
    try {
      await page.goto(url);
      await panelOf(page)
        .locator('#status')
        .getByText(/Running|Finished/)
        .waitFor();
      await page.locator('.tab').filter({ hasText: 'quickstart.experiment.ts' }).waitFor();
    } finally {
      await browser.close();
    }
    const { port } = new URL(url);
    // Ctrl-C in a terminal reaches everything that was started there.
    process.kill(-(child?.pid ?? 0), 'SIGINT');
    // A fast machine may have been through with it.
    assert.ok([0, 3].includes((await ended) ?? -1), output);
    assert.match(output, /stopped|finished/);
    await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
    assert.deepEqual(processesOfGroup(child?.pid ?? 0, ''), []);
    fs.rmSync(runFolder(), { recursive: true });
  });

  it('ends by Ctrl-C in the very moment in which the training has ended', async () => {
    const ended = begin();
    await new Promise<void>((resolve) =>
      child?.stdout?.on('data', () => {
        if (output.includes('finished')) resolve();
      }),
    );
    process.kill(-(child?.pid ?? 0), 'SIGINT');
    assert.ok([0, 3].includes((await ended) ?? -1), output);
    assert.deepEqual(processesOfGroup(child?.pid ?? 0, ''), []);
    fs.rmSync(runFolder(), { recursive: true });
  });
});

function pathWithout(program: string): string {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return folders.filter((folder) => !fs.existsSync(path.join(folder, program))).join(path.delimiter);
}
