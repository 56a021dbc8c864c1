import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { RunRecord } from '../../src/runs/record';
import { closeAfterwards } from '../harness/closeAfterwards';
import { makeRuns } from '../harness/manyRuns';
import { eventually } from '../harness/processes';
import { themes, VsCodeWindow, type Theme } from '../harness/window';
import { readRecord, Workspace } from '../harness/workspace';

const experiment = (epochs: number) => `import { defineExperiment, glyphs } from 'compute-lens';

export default defineExperiment({
  params: { lr: 1e-3, hidden: 16, depth: 1, epochs: 1 },
  data: glyphs({ train: 1024, test: 128, shape: 'flat' }),
  model: ({ tf, inputShape }) =>
    tf.sequential({ layers: [tf.layers.dense({ inputShape, units: 10, activation: 'softmax' })] }),
  optimizer: ({ tf, params }) => tf.train.adam(params.lr),
  loss: 'categoricalCrossentropy',
  metrics: ['accuracy'],
  epochs: ${epochs},
  stopWhen: () => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 15); return false; },
});
`;

/** No process has it: beyond the highest of the system. */
const nobody = 2 ** 22 + 1;
const hour = 3600_000;

/** Of a search that was begun days ago, some of it ended in every way there is. */
function age(run: string, i: number, change: (record: RunRecord) => Partial<RunRecord>): void {
  const record = readRecord(run) as RunRecord;
  const noon = new Date().setHours(12, 0, 0, 0);
  const began = noon - (1 + Math.floor(i / 10)) * 24 * hour - (i % 10) * 60_000;
  const [attempt] = record.attempts as [RunRecord['attempts'][0]];
  const when = { startedAt: new Date(began).toISOString(), endedAt: new Date(began + 60_000).toISOString() };
  const attempts = [{ ...attempt, ...when, pid: nobody, host: os.hostname() }];
  const aged = { ...record, createdAt: when.startedAt, params: { ...record.params, depth: 2 }, attempts };
  fs.writeFileSync(path.join(run, 'run.json'), JSON.stringify({ ...aged, ...change(aged) }));
}

const unfinished = (outcome: 'stopped' | 'failed' | undefined, message?: string) => (record: RunRecord) => {
  const [attempt] = record.attempts as [RunRecord['attempts'][0]];
  const { outcome: _, ...rest } = attempt;
  const error = message === undefined ? {} : { error: { message } };
  const result = { step: 50, epoch: 0, loss: 0.61, seconds: 5 };
  return {
    status: outcome ?? ('running' as const),
    attempts: [{ ...rest, ...(outcome && { outcome }), ...error }],
    ...(outcome ? { result } : {}),
  };
};

describe('the view of runs in a real window', function () {
  this.timeout(300_000);
  const workspace = new Workspace();
  let window: VsCodeWindow;
  const row = (text: string | RegExp) => window.treeItem(text);
  const queued = () => workspace.runs().filter((run) => readRecord(run)?.status === 'queued');
  const choose = async (text: string | RegExp, action: string) => {
    await row(text).first().click({ button: 'right' });
    const item = window.page.getByRole('menuitem', { name: action, exact: true });
    await item.waitFor();
    // A menu that has just opened takes no click, lest the one that opened it chooses.
    await window.page.waitForTimeout(700);
    await item.click();
  };

  before(async () => {
    workspace.installTypes();
    workspace.write('search.experiment.ts', experiment(1));
    workspace.write('a long one.experiment.ts', experiment(600));
    makeRuns(workspace.folder, 40);
    const ways = [
      undefined,
      unfinished('stopped'),
      unfinished('failed', 'The loss is NaN.'),
      unfinished(undefined),
    ];
    for (const [i, run] of workspace.runs().entries()) age(run, i, ways[i] ?? (() => ({})));
    const stopped = workspace.runs().find((run) => readRecord(run)?.status === 'stopped') as string;
    fs.mkdirSync(path.join(stopped, 'checkpoints', 'step-00000050'), { recursive: true });
    window = await VsCodeWindow.open({ workspace: workspace.folder });
  });
  closeAfterwards(
    () => window,
    () => workspace,
  );

  it('has runs by day, each with the parameters that tell it from the others', async () => {
    await window.command('Compute Lens: Focus on Runs View');
    await row('finished').first().waitFor();
    await row('Yesterday').waitFor();
    const said = await row('finished').first().innerText();
    // Of the parameters depth and epochs are the same everywhere.
    assert.match(said, /finished, test acc 0\.\d+, lr 0\.\d+, hidden \d+, \d+ \w+ ago/);
  });

  it('queues a run that is resumed while its device is busy, and says from where', async () => {
    await window.openFile('a long one.experiment.ts');
    await window.page.locator('.codelens-decoration a').filter({ hasText: 'Run' }).first().click();
    await window.panel.locator('#status').getByText('Running').waitFor();
    await window.command('Compute Lens: Focus on Runs View');
    await choose('stopped, step 50', 'Resume Run');
    await row(/waiting, resumes at step 51, lr 0\.\d+, hidden \d+/).waitFor();
    assert.equal(queued().length, 1);
  });

  it('lists archived runs in a group of their own, and has them back', async () => {
    await choose('crashed', 'Archive Run');
    await eventually(async () => (await row('crashed').count()) === 0, 'the run to leave the list');
    const group = row(/^Archived\s*1$/);
    await group.click();
    await row('crashed').waitFor();
    await window.screenshot('tree-archived');
    await choose('crashed', 'Take Run out of Archive');
    await group.waitFor({ state: 'detached' });
    await row('crashed').waitFor();
    await choose('crashed', 'Archive Run');
    await group.waitFor();
  });

  it('is legible in every theme, and at 200 %', async () => {
    await window.openFile('search.experiment.ts');
    await window.command('Compute Lens: Focus on Runs View');
    for (const theme of Object.keys(themes) as Theme[]) {
      await window.theme(theme);
      await window.screenshot(`tree-${theme}`);
    }
    await window.theme('dark');
    await window.page.setViewportSize({ width: 720, height: 450 });
    await window.screenshot('tree-200');
    const box = await row('resumes at step').first().boundingBox();
    assert.ok(box && box.x + box.width <= 720 && box.width > 150, 'a row in sight');
    await window.page.setViewportSize({ width: 1440, height: 900 });
  });

  it('has a run that leaves the queue as it was', async () => {
    await choose('resumes at step', 'Remove Run from Queue');
    await row('stopped, step 50').waitFor();
    assert.equal(queued().length, 0);
  });
});
