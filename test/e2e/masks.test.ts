import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { MaskRun } from '../harness/maskRun';
import { eventually } from '../harness/processes';
import { VsCodeWindow, type Theme } from '../harness/window';
import { Workspace } from '../harness/workspace';

const model = `// the layers of a sparse model
const layers = [
  'fc1',
  'conv1',
  'fc2',
  'fc3',
];
`;

/** Masks recorded by the product's own writer, evolving as RigL's do. */
describe('the masks panel in a real window', function () {
  this.timeout(240_000);
  let workspace: Workspace;
  let window: VsCodeWindow;
  let run: MaskRun;
  let other: MaskRun;
  const panel = () => window.panel;
  const moment = () => panel().locator('#moment');
  const layer = (name: string) => panel().locator(`li[data-weight="${name}"] .layer`);
  const mask = (side = 0) => panel().locator('.side .mask canvas:not(.overlay)').nth(side);
  const painted = (side = 0) => mask(side).evaluate(coloursOf);

  before(async () => {
    workspace = new Workspace();
    const file = workspace.write('digits.experiment.ts', model);
    other = await MaskRun.begin(workspace.folder, 'digits-set', 2, { file, line: 3 });
    await other.update(20);
    await other.finish();
    run = await MaskRun.begin(workspace.folder, 'digits', 1, { file, line: 3 });
    await run.update(8);
    window = await VsCodeWindow.open({
      workspace: workspace.folder,
      settings: { 'computeLens.openRunningRuns': false },
    });
  });
  after(async () => {
    await window?.close();
    await run.finish();
    // These runs are of this very process, which the workspace would end with them.
    fs.rmSync(path.join(workspace.folder, '.compute-lens'), { recursive: true, force: true });
    workspace.remove();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed')
      await window.screenshot(`failed-${this.currentTest.title.slice(0, 40)}`);
  });

  it('opens from the palette, with every layer and what is known of it', async () => {
    await window.command('Compute Lens: Show Masks');
    await window.pick('running');
    await moment().getByText('update 8 of 8').waitFor();
    assert.equal(await panel().locator('.layer').count(), 4);
    const text = await layer('fc1/kernel').innerText();
    assert.match(
      text.replaceAll('\n', ' '),
      /^fc1\/kernel 784 × 300 · 8\.0 % active [\d,]+ grown, [\d,]+ dropped · /,
    );
    assert.match(text, /dead/);
    assert.match(text, /18,816 of 235,200 weights · at step 800/);
    assert.match((await panel().locator('#app').getAttribute('data-painter')) ?? '', /WebGL2|worker/);
    await eventually(async () => (await painted()) > 3, 'a mask with active, grown and dropped weights');
  });

  it('shows updates as they are recorded', async () => {
    await run.update(2);
    await moment().getByText('step 1,000, update 10 of 10').waitFor();
    await run.update(20);
    await moment().getByText('step 3,000, update 30 of 30').waitFor();
  });

  it('slides back in time, and stays there while the run goes on', async () => {
    const before = await mask().screenshot();
    await panel().locator('#time').fill('3');
    await moment().getByText('step 300, update 3 of 30').waitFor();
    await eventually(async () => !(await mask().screenshot()).equals(before), 'the mask of step 300');
    await run.update(1);
    await moment().getByText('step 300, update 3 of 31').waitFor();
    await panel().getByRole('button', { name: 'Newest' }).click();
    await moment().getByText('update 31 of 31').waitFor();
    await panel().getByRole('button', { name: 'Play' }).click();
    await moment()
      .getByText(/update ([1-9]|[12]\d) of 31/)
      .waitFor();
    await panel().getByRole('button', { name: 'Pause' }).click();
  });

  it('is zoomed and walked over by keys, cell by cell', async () => {
    await panel().getByRole('button', { name: 'Newest' }).click();
    await panel().locator('.side .mask').first().focus();
    await window.page.keyboard.press('ArrowRight');
    await panel()
      .locator('.readout')
      .getByText(/^input \d+, output \d+: (in)?active/)
      .first()
      .waitFor();
    for (let i = 0; i < 12; i++) await window.page.keyboard.press('+');
    await window.page.keyboard.press('Shift+ArrowRight');
    await window.screenshot('masks-zoomed-dark');
    await window.page.keyboard.press('0');
  });

  it('shows kernels as tiles, connectivity on the image, and magnitudes of the newest checkpoint', async () => {
    await layer('conv1/kernel').click();
    await panel()
      .locator('.side-text')
      .getByText(/of 4,608/)
      .waitFor();
    await window.screenshot('masks-conv-dark');
    await layer('fc1/kernel').click();
    await panel().getByRole('button', { name: 'On the image' }).click();
    await panel().locator('.note').getByText('28 × 28').waitFor();
    await window.screenshot('masks-image-dark');
    await panel().getByRole('button', { name: 'Magnitudes' }).click();
    await panel().locator('.note').getByText('There is no checkpoint yet').waitFor();
    run.checkpoint();
    await panel().getByRole('button', { name: 'Magnitudes' }).click();
    await panel().locator('.note').getByText('checkpoint at step 3,100').waitFor();
    await window.screenshot('masks-magnitudes-dark');
    await panel().getByRole('button', { name: 'Mask', exact: true }).click();
  });

  it('compares two runs side by side', async () => {
    await panel().getByRole('button', { name: 'Compare With…' }).click();
    await window.pick('digits-set');
    await panel().locator('.side').nth(1).locator('.side-text').getByText('step 2,000').waitFor();
    await panel().locator('#time').fill('10');
    await panel().locator('.side').nth(1).locator('.side-text').getByText('step 1,000').waitFor();
    await eventually(async () => (await painted(1)) > 3, 'the mask of the other run');
  });

  for (const theme of ['light', 'high-contrast', 'high-contrast-light', 'dark'] satisfies Theme[])
    it(`is legible in ${theme}, to eyes and to screen readers`, async () => {
      await window.panelTheme(theme);
      await window.screenshot(`masks-${theme}`);
      assert.deepEqual(await window.panelViolations(), []);
    });

  it('is whole in the room that 200 % leave, and in a narrow window', async () => {
    await window.command('View: Close Primary Side Bar');
    for (const [name, width, height] of [
      ['zoomed-200', 720, 450],
      ['narrow', 560, 900],
    ] as const) {
      await window.page.setViewportSize({ width, height });
      await eventually(async () => (await painted()) > 3, 'the mask');
      await window.screenshot(`masks-${name}`);
      const beyond = await panel()
        .locator('body')
        .evaluate((body: unknown) => {
          const { scrollWidth, clientWidth } = body as { scrollWidth: number; clientWidth: number };
          return scrollWidth - clientWidth;
        });
      assert.ok(beyond <= 0, `${beyond} pixels out of sight`);
      assert.deepEqual(await window.panelViolations(), []);
    }
    await window.page.setViewportSize({ width: 1440, height: 900 });
  });

  it('comes back after a reload with layer, moment and comparison', async () => {
    await layer('fc2/kernel').click();
    await window.reload();
    await moment().getByText('step 1,000, update 10 of 31').waitFor();
    assert.equal(await layer('fc2/kernel').getAttribute('aria-pressed'), 'true');
    await panel().locator('.side').nth(1).locator('.side-text').getByText('step 1,000').waitFor();
    await panel().getByRole('button', { name: 'End Comparison' }).click();
    await panel().locator('.side').nth(1).waitFor({ state: 'hidden' });
  });

  it('leads from a layer to its line', async () => {
    await panel().locator('#layer').click();
    await window.page.locator('.tab').filter({ hasText: 'digits.experiment.ts' }).waitFor();
    await window.page.locator('.line-numbers.active-line-number').getByText('5', { exact: true }).waitFor();
  });
});

describe('a run without masks in a real window', function () {
  this.timeout(120_000);
  let workspace: Workspace;
  let window: VsCodeWindow;

  before(async () => {
    workspace = new Workspace();
    const file = workspace.write('dense.experiment.ts', model);
    const run = await MaskRun.begin(workspace.folder, 'dense', 1, { file, line: 3 });
    await run.finish();
    fs.rmSync(path.join(run.directory, 'masks.bin'));
    window = await VsCodeWindow.open({ workspace: workspace.folder });
  });
  after(async () => {
    await window?.close();
    fs.rmSync(path.join(workspace.folder, '.compute-lens'), { recursive: true, force: true });
    workspace.remove();
  });

  it('says what to do: in the palette, and in a panel that is opened from the view of runs', async () => {
    await window.command('Compute Lens: Show Masks');
    await window.notification(/No run of this workspace has masks yet.*"sparsity"/).waitFor();
    await window.command('View: Close All Editors');
    await window.command('Compute Lens: Focus on Runs View');
    await window.treeItem('dense').click({ button: 'right' });
    const item = window.page.getByRole('menuitem', { name: 'Show Masks' });
    await item.waitFor();
    // A menu that has just opened takes no click, lest the one that opened it chooses.
    await window.page.waitForTimeout(700);
    await item.click();
    await window.panel.getByText('This run has recorded no masks').waitFor();
    await window.panel.getByText('rigl({ sparsity: 0.9 })').waitFor();
    assert.deepEqual(await window.panelViolations(), []);
    await window.screenshots('masks-none');
  });
});

describe('masks of 25 million weights in a real window', function () {
  this.timeout(240_000);
  let workspace: Workspace;
  let window: VsCodeWindow;
  let run: MaskRun;
  const text = () => window.panel.locator('.side-text').first();

  before(async () => {
    workspace = new Workspace();
    const file = workspace.write('large.experiment.ts', model);
    const layers = [{ name: 'large/kernel', kind: 'dense', shape: [5000, 5000], density: 0.1 }] as const;
    run = await MaskRun.begin(workspace.folder, 'large', 1, { file, line: 3 }, layers);
    await run.update(24);
    window = await VsCodeWindow.open({
      workspace: workspace.folder,
      settings: { 'computeLens.openRunningRuns': false },
    });
  });
  after(async () => {
    await window?.close();
    await run.finish();
    fs.rmSync(path.join(workspace.folder, '.compute-lens'), { recursive: true, force: true });
    workspace.remove();
  });

  it('stay fluid: they slide, are dragged and zoomed, and the page answers meanwhile', async () => {
    await window.command('Compute Lens: Show Masks');
    await text().getByText('(2,500,000 of 25,000,000)').waitFor();
    const canvas = window.panel.locator('.side .mask canvas:not(.overlay)').first();
    await eventually(async () => (await canvas.evaluate(coloursOf)) > 3, 'the mask');
    const far = [3, 20, 9, 15, 0, 18];
    const near = [17, 16, 15, 14, 13, 14, 15, 16, 17, 18, 19];
    const jumped = await canvas.evaluate(slide, far);
    const slid = await canvas.evaluate(slide, near);
    const again = await canvas.evaluate(slide, far);
    const moved = await canvas.evaluate(zoomAndDrag);
    const said = ({ times, gaps }: Measured) =>
      `${middle(times).toFixed(0)} ms (at most ${Math.max(...times).toFixed(0)} ms), between frames of the page at ` +
      `most ${Math.max(...gaps).toFixed(0)} ms`;
    console.log(
      `      25 M weights (measured), from the slider to the picture: far away ${said(jumped)}; to the next step ` +
        `${said(slid)}; far away again ${said(again)}; from zooming to the picture ${said(moved)}`,
    );
    for (const { times, gaps } of [jumped, slid, again, moved])
      assert.ok(times.length > 0 && gaps.length >= times.length, JSON.stringify({ times, gaps }));
    await window.panel.locator('#fit').click();
    await window.screenshot('masks-large-dark');
  });
});

interface Measured {
  /** From what a user does to the picture, in milliseconds. */
  readonly times: number[];
  /** Between two frames of the page. */
  readonly gaps: number[];
}

function middle(all: readonly number[]): number {
  return [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? NaN;
}

/** What the functions below use of the page that they run in. */
interface PageOfMasks {
  requestAnimationFrame(next: (time: number) => void): number;
  cancelAnimationFrame(id: number): void;
  readonly document: { querySelector(selector: string): MaskElement };
  readonly MutationObserver: new (changed: () => void) => {
    observe(on: MaskElement, what: object): void;
    disconnect(): void;
  };
  readonly CanvasRenderingContext2D: {
    readonly prototype: Record<'drawImage' | 'putImageData', (...all: unknown[]) => void>;
  };
  readonly Event: new (type: string, init?: object) => object;
  readonly WheelEvent: new (type: string, init: object) => object;
}
interface MaskElement {
  value: string;
  readonly dataset: Record<string, string | undefined>;
  dispatchEvent(event: object): void;
  getBoundingClientRect(): {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  };
}

/** Slides to one frame after the other, each as soon as the one before is on the screen. */
async function slide(_canvas: unknown, frames: number[]): Promise<Measured> {
  const page = globalThis as unknown as PageOfMasks;
  const [slider, mask] = [page.document.querySelector('#time'), page.document.querySelector('.side .mask')];
  const [times, gaps]: number[][] = [[], []];
  let last = performance.now();
  const watch = (now: number) => {
    gaps?.push(now - last);
    last = now;
    id = page.requestAnimationFrame(watch);
  };
  let id = page.requestAnimationFrame(watch);
  for (const frame of frames) {
    const began = performance.now();
    slider.value = String(frame);
    slider.dispatchEvent(new page.Event('input'));
    await new Promise<void>((resolve) => {
      const observer = new page.MutationObserver(() => {
        if (mask.dataset.frame !== String(frame)) return;
        observer.disconnect();
        resolve();
      });
      observer.observe(mask, { attributes: true });
    });
    times?.push(performance.now() - began);
  }
  page.cancelAnimationFrame(id);
  return { times: times ?? [], gaps: gaps ?? [] };
}

/** Turns the wheel in and out again, a notch a frame of the page. */
async function zoomAndDrag(canvas: unknown): Promise<Measured> {
  const page = globalThis as unknown as PageOfMasks;
  const mask = page.document.querySelector('.side .mask');
  const { x, y, width, height } = mask.getBoundingClientRect();
  const [times, gaps]: number[][] = [[], []];
  let began = 0;
  const { prototype } = page.CanvasRenderingContext2D;
  const { drawImage, putImageData } = prototype;
  for (const [name, draw] of Object.entries({ drawImage, putImageData }))
    prototype[name as 'drawImage'] = function (this: { canvas: unknown }, ...all) {
      if (this.canvas === canvas && began > 0) {
        times?.push(performance.now() - began);
        began = 0;
      }
      draw.apply(this, all);
    };
  let last = 0;
  for (let notch = 0; notch < 60; notch++) {
    const now = await new Promise<number>((resolve) => page.requestAnimationFrame(resolve));
    if (last > 0) gaps?.push(now - last);
    last = now;
    if (began === 0) began = performance.now();
    const at = { clientX: x + width / 3, clientY: y + height / 3, deltaY: notch < 30 ? -1 : 1 };
    mask.dispatchEvent(new page.WheelEvent('wheel', { ...at, cancelable: true }));
  }
  Object.assign(prototype, { drawImage, putImageData });
  return { times: times ?? [], gaps: gaps ?? [] };
}

/** How many colours cover more than a thousandth of a canvas. */
function coloursOf(element: unknown): number {
  interface Canvas {
    readonly width: number;
    readonly height: number;
    getContext(kind: '2d'): {
      getImageData(x: number, y: number, w: number, h: number): { readonly data: Uint8ClampedArray };
    };
  }
  const canvas = element as Canvas;
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const counts = new Map<number, number>();
  for (let i = 0; i < data.length; i += 4) {
    const colour = ((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  return [...counts.values()].filter((count) => count > data.length / 4000).length;
}
