import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { requestStop } from '../../src/runs/control';
import { closeAfterwards } from '../harness/closeAfterwards';
import { eventually } from '../harness/processes';
import { repository, VsCodeWindow, type Theme } from '../harness/window';
import { lastStep, readRecord, Workspace } from '../harness/workspace';

const experiment = (
  name: string,
  epochs: number,
  wait = 0,
) => `import { defineExperiment, glyphs } from 'compute-lens';
export default defineExperiment({
  name: '${name}',
  params: { lr: 0.003 },
  data: glyphs({ train: 1024, test: 256, shape: 'flat' }),
  model: ({ tf, inputShape }) =>
    tf.sequential({ layers: [tf.layers.dense({ inputShape, units: 10, activation: 'softmax' })] }),
  optimizer: ({ tf, params }) => tf.train.adam(params.lr),
  loss: 'categoricalCrossentropy',
  metrics: ['accuracy'],
  batchSize: 16,
  epochs: ${epochs},
  checkpointEvery: 1_000_000,
  stopWhen: () => {
    if (${wait} > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${wait});
    return false;
  },
});
`;

describe('the run panel in a real window', function () {
  this.timeout(240_000);
  const workspace = new Workspace();
  let window: VsCodeWindow;
  const panel = () => window.panel;
  const loss = () => panel().locator('section[data-quantity="loss"]');
  const axis = () => panel().locator('#xAxis');
  const note = () => panel().locator('#xAxisNote');
  const plot = () => loss().locator('.plot');
  const ids = () => workspace.runs().map((run) => path.basename(run));

  before(async () => {
    for (const [name, lr] of [
      ['narrow', 0.003],
      ['quick', 0.03],
    ] as const) {
      const file = workspace.write(`${name}.experiment.ts`, experiment(name, 6, 4));
      const cli = path.join(repository, 'dist', 'cli.js');
      const args = [
        'run',
        file,
        '--workspace',
        workspace.folder,
        '--set',
        `lr=${lr}`,
        '--price-per-kwh',
        '0.3',
      ];
      execFileSync(process.execPath, [cli, ...args], { stdio: 'ignore' });
    }
    workspace.write('slow.experiment.ts', experiment('slow', 400, 15));
    window = await VsCodeWindow.open({ workspace: workspace.folder });
  });
  closeAfterwards(
    () => window,
    () => workspace,
  );

  const open = async (name: string) => {
    // A list that opens while a webview gets the focus back is closed again.
    await eventually(async () => {
      await window.command('Compute Lens: Open Run');
      return window
        .row(name)
        .first()
        .click({ timeout: 3000 })
        .then(
          () => true,
          () => false,
        );
    }, 'a run to be chosen');
    await panel().locator('#name').getByText(name).waitFor();
    await loss().locator('canvas').first().waitFor();
  };

  const compareWith = async (name: string) => {
    const chosen = window.page.locator('.quick-input-count').getByText('1 Selected');
    await panel().getByRole('button', { name: 'Compare with' }).click();
    await eventually(async () => {
      if (await chosen.isVisible()) return true;
      await window.row(name).click();
      return chosen.isVisible();
    }, 'a run to be chosen');
    await window.page.keyboard.press('Enter');
  };

  it('draws curves over all that is known of the run, and says how it is known', async () => {
    await open('narrow');
    for (const [chosen, said] of [
      ['epoch', /Epoch/],
      ['time', /Wall time, measured/],
      ['flops', /FLOPs of training, counted/],
      ['energy', /Energy, (measured|estimated)/],
      ['money', /Money in USD, predicted/],
    ] as const) {
      await axis().selectOption(chosen);
      await note().filter({ hasText: said }).waitFor();
      await plot().and(panel().locator('[aria-valuetext*="train"][aria-valuetext*="test"]')).waitFor();
      const max = Number(await plot().getAttribute('aria-valuemax'));
      assert.ok(max > 0, `${chosen}: ${max}`);
      if (chosen === 'epoch') assert.equal(max, 6);
      if (chosen === 'flops') assert.equal(max, readRecord(workspace.runs()[0] ?? '')?.result?.flops);
    }
    await axis().selectOption('flops');
    await window.reload();
    await loss().locator('canvas').first().waitFor();
    assert.equal(await axis().inputValue(), 'flops');
  });

  it('has a logarithmic axis where one asks for it, and keeps it', async () => {
    const button = loss().locator('.log');
    assert.equal(await button.getAttribute('aria-pressed'), 'false');
    await button.click();
    await loss().locator('.log[aria-pressed="true"]').waitFor();
    const accuracy = panel().locator('section[data-quantity="acc"] .log');
    assert.equal(await accuracy.getAttribute('aria-pressed'), 'false');
    await window.reload();
    await loss().locator('.log[aria-pressed="true"]').waitFor();
  });

  it('zooms and pans by keyboard, wheel and drag, all charts together', async () => {
    const range = async () =>
      Promise.all(
        ['aria-valuemin', 'aria-valuemax'].map(async (name) => Number(await plot().getAttribute(name))),
      );
    const [, end = 0] = await range();
    await plot().focus();
    await window.page.keyboard.press('+');
    await loss().locator('.reset').waitFor();
    await panel().locator('section[data-quantity="acc"] .reset').waitFor();
    const [low = 0, high = 0] = await range();
    assert.ok(Math.abs(high - low - end / 2) < 0.02 * end, `${low} to ${high} of ${end}`);
    await window.page.keyboard.press('Shift+ArrowRight');
    await eventually(async () => ((await range())[0] ?? 0) > low, 'the view to pan');
    const box = await loss().locator('.u-over').boundingBox();
    assert.ok(box);
    await window.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await window.page.keyboard.down('Control');
    await window.page.mouse.wheel(0, -100);
    await window.page.keyboard.up('Control');
    await eventually(async () => {
      const [a = 0, b = 0] = await range();
      return b - a < 0.3 * end;
    }, 'the view to be zoomed by the wheel');
    await window.page.keyboard.press('Escape');
    await loss().locator('.reset').waitFor({ state: 'hidden' });
    await window.page.mouse.move(box.x + box.width / 4, box.y + 50);
    await window.page.mouse.down();
    await window.page.mouse.move(box.x + box.width / 2, box.y + 60, { steps: 5 });
    await window.page.mouse.up();
    await eventually(async () => {
      const [a = 0, b = 0] = await range();
      return b - a > 0.2 * end && b - a < 0.3 * end;
    }, 'the part that was dragged over');
    await loss().locator('.reset').click();
    await loss().locator('.reset').waitFor({ state: 'hidden' });
  });

  it('draws another run over its own, told apart without colour, and remembers it', async () => {
    await compareWith('quick');
    const compared = panel().locator('#comparison li');
    await compared.filter({ hasText: 'quick' }).waitFor();
    assert.equal(await compared.count(), 2);
    const item = loss().locator('.legend-item[data-run]').filter({ hasText: 'quick' });
    assert.equal(await item.count(), 2);
    assert.match(await item.first().innerText(), /quick · \w+ train\s+[\d.]+/);
    const dashes = await panel()
      .locator('#comparison line')
      .evaluateAll((lines) =>
        lines.map((line) =>
          (line as unknown as { getAttribute(name: string): string | null }).getAttribute('stroke-dasharray'),
        ),
      );
    assert.notEqual(dashes[0], dashes[1]);
    assert.deepEqual(await window.panelViolations(), []);
    for (const theme of ['light', 'high-contrast', 'high-contrast-light', 'dark'] satisfies Theme[]) {
      await window.panelTheme(theme);
      await window.screenshot(`run-compared-${theme}`);
      assert.deepEqual(await window.panelViolations(), [], theme);
    }
    await window.reload();
    await compared.filter({ hasText: 'quick' }).waitFor();
  });

  it('exports every step of the runs that it shows, as CSV, and its charts as a picture', async () => {
    const save = async (button: string, file: string) => {
      await panel().getByRole('button', { name: button }).click();
      // The dialog fills in its own proposal a moment after it has opened.
      await eventually(
        async () => (await window.quickInput().inputValue()).endsWith(`narrow${path.extname(file)}`),
        'the dialog',
      );
      await eventually(async () => {
        await window.quickInput().fill(file);
        await window.page.waitForTimeout(300);
        return (await window.quickInput().inputValue()) === file;
      }, 'the name in the dialog');
      await window.page.keyboard.press('Enter');
      return eventually(() => fs.existsSync(file) && fs.statSync(file).size > 0, file);
    };
    const csv = path.join(workspace.folder, 'curves.csv');
    await save('Export CSV', csv);
    await window.notification(/The curves are in curves\.csv/).waitFor();
    const rows = parse(fs.readFileSync(csv), { columns: true }) as unknown as Record<string, string>[];
    const steps = workspace.runs().reduce((sum, run) => sum + lastStep(run), 0);
    assert.equal(rows.length, steps);
    assert.deepEqual([...new Set(rows.map(({ run }) => run))].sort(), ids().sort());
    for (const run of ids()) {
      const own = rows.filter((row) => row.run === run);
      assert.deepEqual(
        own.map(({ step }) => Number(step)),
        own.map((_, i) => i + 1),
      );
      assert.ok(own.every((row) => Number(row['train/loss']) > 0 && Number(row.flops_counted) > 0));
      assert.equal(own.filter((row) => row['test/loss'] !== '').length, 6);
    }
    const png = path.join(workspace.folder, 'curves.png');
    await save('Export PNG', png);
    assert.deepEqual([...fs.readFileSync(png).subarray(1, 4)], [...Buffer.from('PNG')]);
    assert.ok(fs.statSync(png).size > 20_000, `${fs.statSync(png).size} bytes`);
    fs.copyFileSync(png, path.join(repository, 'out', 'screenshots', 'run-export.png'));
  });

  it('leaves a run out again', async () => {
    await panel()
      .getByRole('button', { name: /Leave out quick/ })
      .click();
    await panel().locator('#comparison').waitFor({ state: 'hidden' });
    assert.equal(await loss().locator('.legend-item').count(), 2);
  });

  it('writes a checkpoint at once when asked, and trains on', async () => {
    await window.command('Compute Lens: Run Experiment');
    await window.pick('slow');
    await window.pick('as the file says');
    await panel().locator('#name').getByText('slow').waitFor();
    await panel().locator('#status').getByText('Running').waitFor();
    const run = () => workspace.runs().at(-1) ?? '';
    await eventually(() => lastStep(run()) > 20, 'step 20');
    assert.equal(await axis().inputValue(), 'flops', 'a new panel begins with the axis that was chosen last');
    await panel().getByRole('button', { name: 'Checkpoint' }).click();
    const checkpoint = await eventually(
      () =>
        fs.existsSync(path.join(run(), 'checkpoints')) &&
        fs.readdirSync(path.join(run(), 'checkpoints')).find((name) => /^step-\d+$/.test(name)),
      'a checkpoint',
    );
    const at = Number(/\d+/.exec(checkpoint)?.[0]);
    await eventually(() => lastStep(run()) > at + 20, 'steps after the checkpoint');
    assert.equal(readRecord(run())?.status, 'running');
    await panel()
      .locator('#fact-throughput')
      .filter({ hasText: /steps\/s, .* examples\/s/ })
      .waitFor();
    await panel()
      .locator('#fact-memory')
      .filter({ hasText: /MB measured/ })
      .waitFor();
  });

  it('compares with a run that goes on, live', async () => {
    await panel().getByRole('button', { name: 'Stop' }).waitFor();
    await open('narrow');
    await compareWith('slow');
    await panel().locator('#comparison').getByText('Running').waitFor();
    const end = async () => Number(await plot().getAttribute('aria-valuemax'));
    const before = await eventually(end, 'the end of the axis');
    await eventually(async () => (await end()) > before, 'the other run to go on', 60);
    await window.page.setViewportSize({ width: 720, height: 900 });
    await window.screenshot('run-narrow-window');
    await window.page.setViewportSize({ width: 1440, height: 900 });
  });

  it('shows that a loss is no number any more, and why the run ended', async () => {
    const slow = workspace.runs().at(-1) ?? '';
    await requestStop(slow);
    await eventually(() => readRecord(slow)?.status === 'stopped', 'the device to be free');
    const text = experiment('wild', 4).replace('tf.train.adam(params.lr)', 'tf.train.sgd(1e30)');
    workspace.write(
      'wild.experiment.ts',
      text
        .replace("'categoricalCrossentropy'", "'meanSquaredError'")
        .replace("activation: 'softmax'", "activation: 'linear'"),
    );
    await window.command('Compute Lens: Run Experiment');
    await window.pick('wild');
    await window.pick('as the file says');
    await panel()
      .locator('#error .message')
      .getByText(/The loss became (NaN|Infinity)/)
      .waitFor();
    await loss()
      .locator('.legend-item[data-series="train/loss"]')
      .getByText(/NaN|Infinity/)
      .waitFor();
    await window.screenshot('run-diverged');
  });

  it('is legible at twice the size', async () => {
    await open('narrow');
    await axis().selectOption('energy');
    await window.page.setViewportSize({ width: 720, height: 450 });
    await window.command('View: Toggle Primary Side Bar Visibility');
    await panel().locator('#charts').scrollIntoViewIfNeeded();
    const overflow = await panel()
      .locator('body')
      .evaluate((body) => {
        const { scrollWidth, clientWidth } = (
          body as unknown as {
            ownerDocument: { documentElement: { scrollWidth: number; clientWidth: number } };
          }
        ).ownerDocument.documentElement;
        return scrollWidth - clientWidth;
      });
    assert.ok(overflow <= 0, `${overflow} pixels stick out`);
    await window.screenshot('run-zoomed');
    assert.deepEqual(await window.panelViolations(), []);
  });
});
