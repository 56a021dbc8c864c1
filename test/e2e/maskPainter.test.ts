import assert from 'node:assert/strict';
import path from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import type { BrowserServer, Page } from 'playwright-core';
import { panelHtml } from '../../src/panels/panelHtml';
import { openPage, repository } from '../harness/window';

/** Runs in the page: paints random masks in all three ways. Bundled with the painters themselves. */
const script = `
import { layoutOf, wordsPerRow } from './src/protocol/maskLayout';
import { GpuPainter } from './webview/masks/painter';
import { paintPixels } from './webview/masks/paintPixels';
import { paintingOf } from './webview/masks/painting';
import { cellAt, fitted, panned, pixelsOf, showing, zoomed } from './webview/masks/viewport';
import { WorkerPainter } from './webview/masks/workerPainter';

const colours = { background: [30, 30, 30], inactive: [48, 48, 48], dropped: [160, 60, 60],
  active: [60, 140, 250], grown: [190, 230, 190], strong: [220, 230, 255] };
const canvas = (width, height) => Object.assign(document.createElement('canvas'), { width, height });
const read = (each) => each.getContext('2d').getImageData(0, 0, each.width, each.height).data;
const frames = () => new Promise((resolve) => setTimeout(resolve, 20));
let seed = 1;
const random = () => ((seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) / 2 ** 32);
function words(layout, density) {
  const all = new Uint32Array(wordsPerRow(layout) * layout.rows);
  for (let row = 0; row < layout.rows; row++)
    for (let column = 0; column < layout.columns; column++)
      if (random() < density) all[row * wordsPerRow(layout) + (column >> 5)] |= 1 << (column & 31);
  return all;
}
function worst(one, other) {
  let most = 0;
  for (let i = 0; i < one.length; i++) most = Math.max(most, Math.abs(one[i] - other[i]));
  return most;
}

globalThis.compare = async () => {
  const gpu = new GpuPainter(true);
  const worker = new WorkerPainter();
  const found = [];
  for (const [kind, shape] of [['dense', [40, 70]], ['dense', [300, 700]], ['dense', [900, 33]],
    ['conv', [3, 3, 16, 40]], ['conv', [5, 5, 1, 33]], ['conv', [3, 40, 32]]]) {
    const layout = layoutOf({ kind, shape });
    const masks = { active: words(layout, 0.2), changed: words(layout, 0.1) };
    const magnitudes = Uint8Array.from({ length: layout.rows * layout.columns }, () => Math.floor(random() * 256));
    const cells = { width: layout.columns, height: layout.rows };
    const size = { width: 211, height: 157 };
    let view = { ...fitted(cells, size), up: 1, down: 9, left: -3, top: -2 };
    for (let step = 0; step < 22; step++) {
      view = zoomed(view, true, { x: 70, y: 90 }, cells, size);
      for (const more of [{}, { magnitudes }]) {
        const painting = paintingOf(layout, view, { ...masks, ...more });
        const expected = paintPixels(painting, size.width, size.height, colours);
        const byGpu = canvas(size.width, size.height);
        gpu.paint(byGpu, painting, colours);
        const off = worst(read(byGpu), expected);
        const byWorker = canvas(size.width, size.height);
        worker.paint(byWorker, painting, colours);
        let offWorker = 999;
        for (let i = 0; i < 200 && offWorker > 0; i++) {
          await frames();
          offWorker = worst(read(byWorker), expected);
        }
        found.push({ what: kind + ' ' + shape + ' up ' + view.up + ' down ' + view.down, off, offWorker,
          colours: new Set(new Uint32Array(expected.buffer)).size });
      }
    }
  }
  return found;
};

globalThis.views = () => {
  const wrong = [];
  const whole = (count) => 1 + Math.floor(random() * count);
  for (let i = 0; i < 3000; i++) {
    const cells = { width: whole(6000), height: whole(6000) };
    const canvas = { width: whole(1500), height: whole(900) };
    const all = fitted(cells, canvas);
    const note = (what, view) => wrong.push(what + ' ' + JSON.stringify({ cells, canvas, view }));
    if (pixelsOf(cells.width, all) > canvas.width || pixelsOf(cells.height, all) > canvas.height) note('not whole', all);
    let view = all;
    for (let step = 0; step < 12; step++) {
      const at = { x: Math.floor(random() * canvas.width), y: Math.floor(random() * canvas.height) };
      const before = cellAt(view, at.x, at.y);
      const next = zoomed(view, random() < 0.7, at, cells, canvas);
      const after = cellAt(next, at.x, at.y);
      // Where the picture is larger than the canvas both times and not at its edge, the cell stays under the pointer.
      const free = (each, side, from) => pixelsOf(cells[side], each) > canvas[side] && each[from] > 0 &&
        each[from] < pixelsOf(cells[side], each) - canvas[side];
      const slack = Math.max(view.down, next.down);
      if (free(view, 'width', 'left') && free(next, 'width', 'left') && Math.abs(after.column - before.column) > slack)
        note('slipped', next);
      view = panned(next, Math.floor((random() - 0.5) * 400), Math.floor((random() - 0.5) * 400), cells, canvas);
      for (const [side, from] of [['width', 'left'], ['height', 'top']]) {
        const spare = pixelsOf(cells[side], view) - canvas[side];
        if (spare > 0 ? view[from] < 0 || view[from] > spare : view[from] > 0) note('out of sight', view);
      }
      if (!Number.isInteger(view.up) || !Number.isInteger(view.down) || (view.up > 1 && view.down > 1)) note('uneven', view);
      const cell = { row: Math.floor(random() * cells.height), column: Math.floor(random() * cells.width) };
      const shown = showing(view, cell, cells, canvas);
      const x = Math.floor((cell.column * shown.up) / shown.down) - shown.left;
      if (canvas.width > shown.up && (x < 0 || x >= canvas.width)) note('not shown', shown);
    }
  }
  return wrong;
};

globalThis.large = async (side) => {
  const gpu = new GpuPainter(true);
  const layout = layoutOf({ kind: 'dense', shape: [side, side] });
  const masks = () => ({ active: Uint32Array.from({ length: wordsPerRow(layout) * side }, () => random() * 2 ** 32 & random() * 2 ** 32 & random() * 2 ** 32),
    changed: new Uint32Array(wordsPerRow(layout) * side) });
  const target = canvas(1200, 800);
  const time = (work) => { const began = performance.now(); work(); read(target); return performance.now() - began; };
  const first = masks();
  const cells = { width: side, height: side };
  const view = fitted(cells, target);
  const upload = time(() => gpu.paint(target, paintingOf(layout, view, first), colours));
  const whole = [], near = [];
  let close = view;
  for (let i = 0; i < 14; i++) close = zoomed(close, true, { x: 600, y: 400 }, cells, target);
  for (let i = 0; i < 12; i++) {
    whole.push(time(() => gpu.paint(target, paintingOf(layout, { ...view, left: view.left + i }, first), colours)));
    near.push(time(() => gpu.paint(target, paintingOf(layout, { ...close, left: close.left + i }, first), colours)));
  }
  const next = masks();
  const update = time(() => gpu.paint(target, paintingOf(layout, view, next), colours));
  const pixels = (at) => time(() => {
    const data = paintPixels(paintingOf(layout, at, first), target.width, target.height, colours);
    target.getContext('2d').putImageData(new ImageData(data, target.width, target.height), 0, 0);
  });
  const workerWhole = [1, 2, 3].map(() => pixels(view));
  const workerNear = [1, 2, 3].map(() => pixels(close));
  const median = (all) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)];
  return { upload, whole: median(whole), near: median(near), update,
    workerWhole: median(workerWhole), workerNear: median(workerNear) };
};
`;

describe('masks painted in a real browser', function () {
  this.timeout(120_000);
  let browser: BrowserServer;
  let page: Page;
  before(async () => {
    const builder = (await import(path.join(repository, 'esbuild.js'))) as {
      default: { page: BuildOptions };
    };
    const { outputFiles } = await build({
      ...builder.default.page,
      stdin: { contents: script, resolveDir: repository, loader: 'js' },
      write: false,
      metafile: false,
      sourcemap: false,
    });
    ({ browser, page } = await openPage());
    const html = panelHtml({
      scriptUri: '/script.js',
      styleUri: '/style.css',
      cspSource: 'http://localhost',
      nonce: 'N',
      styleNonce: 'S',
      title: 'masks',
      about: '/r',
      workers: true,
    });
    await page.route('http://localhost/**', (route) => {
      const name = new URL(route.request().url()).pathname;
      if (name === '/script.js')
        return route.fulfill({ contentType: 'text/javascript', body: outputFiles?.[0]?.text ?? '' });
      return name === '/'
        ? route.fulfill({ contentType: 'text/html', body: html })
        : route.fulfill({ contentType: 'text/css', body: '' });
    });
    page.on('pageerror', (error) => console.log(error.message));
    await page.goto('http://localhost/');
  });
  after(() => browser?.kill());

  it('are the same by WebGL2, by a worker under the page’s own policy, and by definition', async () => {
    const found =
      await page.evaluate<{ what: string; off: number; offWorker: number; colours: number }[]>('compare()');
    for (const { what, off, offWorker } of found) {
      // Where colours are mixed, 32-bit floats round otherwise than 64-bit ones.
      assert.ok(off <= 1, `${what}: ${off} of 255 off`);
      assert.equal(offWorker, 0, what);
    }
    assert.ok(found.some(({ colours }) => colours > 20));
    assert.ok(
      found.some(({ what }) => /up [1-9]\d/.test(what)) && found.some(({ what }) => /down [3-9]/.test(what)),
    );
  });

  it('are zoomed at the pointer by whole numbers, and never leave the picture', async () => {
    assert.deepEqual((await page.evaluate<string[]>('views()')).slice(0, 3), []);
  });

  it('of 25 million weights are painted, on a processor too, and it is said how quickly', async () => {
    const times = await page.evaluate<Record<string, number>>('large(5000)');
    const text = Object.entries(times).map(
      ([name, milliseconds]) => `${name} ${milliseconds?.toFixed(0)} ms`,
    );
    console.log(
      `      5000 x 5000 on 1200 x 800 pixels, software WebGL2 and worker (measured): ${text.join(', ')}`,
    );
    for (const [name, milliseconds] of Object.entries(times)) assert.ok(milliseconds > 0, name);
  });
});
