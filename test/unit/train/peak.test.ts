import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { fasterOf, type Peak } from '../../../src/runs/peak';
import { measurePeak } from '../../../src/train/peak';
import { recallPeak, rememberedPeaks, rememberPeak, type PeakSubject } from '../../../src/train/peakStore';
import type { Tf } from '../../../src/train/tfInstance';
import { version } from '../../../package.json';
import { alive, loadWithOwnKernels } from '../kernels/ownKernels';
import { freshFolder } from '../runs/runFolder';

const peakOf = (gigaflopsPerSecond: number, day: number, gigabytesPerSecond?: number): Peak => {
  const measuredAt = `2026-01-0${day}T00:00:00.000Z`;
  const add =
    gigabytesPerSecond === undefined ? {} : { add: { gigabytesPerSecond, bytes: 64e6, measuredAt } };
  return { matmul: { gigaflopsPerSecond, size: 512, measuredAt }, ...add, threads: 2 };
};

describe('the fastest that a backend was seen to compute', function () {
  this.timeout(60_000);
  let tf: Tf;
  before(() => {
    tf = loadWithOwnKernels();
  });

  it('is measured on the real thing: wasm several times faster than plain JavaScript', async () => {
    const measured = new Map<string, Peak>();
    for (const name of ['cpu', 'wasm'] as const) {
      assert.ok(await tf.setBackend(name));
      const before = alive(tf);
      measured.set(name, await measurePeak(tf, name, { matmulMilliseconds: 700, addMilliseconds: 100 }));
      assert.deepEqual(alive(tf), before);
    }
    const speed = (name: string) => measured.get(name)?.matmul.gigaflopsPerSecond ?? 0;
    // From a tenth of one slow core to more than any processor has.
    assert.ok(speed('cpu') > 0.05 && speed('wasm') < 1e5, `cpu ${speed('cpu')}, wasm ${speed('wasm')}`);
    assert.ok(speed('wasm') > 3 * speed('cpu'), `cpu ${speed('cpu')}, wasm ${speed('wasm')}`);
    for (const { add, threads } of measured.values()) {
      assert.ok(add && add.gigabytesPerSecond > 0.1 && add.gigabytesPerSecond < 1e4);
      assert.ok(threads !== undefined && threads >= 1);
    }
  });

  it('takes no random number, so that a run draws the same whether or not it was measured', async () => {
    await tf.setBackend('cpu');
    const { random } = Math;
    Math.random = () => assert.fail('a random number was drawn');
    try {
      await measurePeak(tf, 'cpu', { matmulMilliseconds: 20, addMilliseconds: 0 });
    } finally {
      Math.random = random;
    }
  });

  it('is no figure where products come out wrong', async () => {
    await tf.setBackend('cpu');
    const right = tf.getKernel('BatchMatMul', 'cpu');
    const zeros = ({ inputs }: { inputs: Record<string, unknown> }) =>
      tf.zerosLike(inputs.a as never) as unknown as TensorInfo;
    tf.unregisterKernel('BatchMatMul', 'cpu');
    tf.registerKernel({ ...right, kernelFunc: zeros });
    try {
      await assert.rejects(
        measurePeak(tf, 'cpu', { matmulMilliseconds: 20 }),
        /wrong results.*became 0, not 32/,
      );
    } finally {
      tf.unregisterKernel('BatchMatMul', 'cpu');
      tf.registerKernel(right);
    }
  });

  it('is of each figure the faster, with its own date', () => {
    const both = fasterOf(peakOf(40, 1, 20), peakOf(41, 2, 19));
    assert.deepEqual(both.matmul, peakOf(41, 2).matmul);
    assert.deepEqual(both.add, peakOf(40, 1, 20).add);
    assert.deepEqual(fasterOf(peakOf(40, 1), peakOf(30, 2, 19)).add, peakOf(30, 2, 19).add);
    assert.ok(!('add' in fasterOf(peakOf(40, 1), peakOf(41, 2))));
  });
});

describe('what is remembered of it', () => {
  const folder = freshFolder();
  const subject: PeakSubject = {
    host: 'here',
    cpu: 'some',
    cores: 2,
    backend: 'wasm',
    detail: 'TensorFlow.js 4.22.0, WebAssembly',
    threads: 2,
    node: '20.11.0',
    version: '0.1.0',
    build: 'a1',
  };
  const { COMPUTE_LENS_CACHE: earlier } = process.env;
  beforeEach(() => {
    process.env.COMPUTE_LENS_CACHE = path.join(folder(), 'cache');
  });
  after(() => {
    if (earlier === undefined) delete process.env.COMPUTE_LENS_CACHE;
    else process.env.COMPUTE_LENS_CACHE = earlier;
  });
  const files = () => fs.readdirSync(path.join(folder(), 'cache', 'peaks'));

  it('is the fastest, whichever came last', async () => {
    assert.equal(await recallPeak(subject), undefined);
    assert.deepEqual(await rememberPeak(subject, peakOf(40, 1)), peakOf(40, 1));
    assert.deepEqual(await rememberPeak(subject, peakOf(30, 2)), peakOf(40, 1));
    assert.deepEqual(await recallPeak(subject), peakOf(40, 1));
    await rememberPeak(subject, peakOf(41, 3, 20));
    assert.deepEqual(await recallPeak(subject), peakOf(41, 3, 20));
    assert.equal(files().length, 1);
  });

  const others: Partial<Record<keyof PeakSubject, string | number>> = {
    host: 'there',
    cpu: 'other',
    cores: 4,
    backend: 'cpu',
    detail: 'TensorFlow.js 4.23.0, WebAssembly',
    threads: 1,
    node: '22.0.0',
    version: '0.2.0',
    build: 'b2',
  };
  for (const [what, value] of Object.entries(others))
    it(`does not count once its ${what} is another`, async () => {
      await rememberPeak(subject, peakOf(40, 1));
      assert.equal(await recallPeak({ ...subject, [what]: value }), undefined);
    });

  it('is listed for this machine and version, the last measured of each backend', async () => {
    const own = { ...subject, host: os.hostname(), version };
    assert.deepEqual([...(await rememberedPeaks())], []);
    await rememberPeak({ ...own, node: '22.0.0' }, peakOf(41, 2));
    await rememberPeak(own, peakOf(40, 1));
    await rememberPeak({ ...own, backend: 'cpu' }, peakOf(1, 1));
    await rememberPeak({ ...own, backend: 'webgpu', host: 'there' }, peakOf(9, 1));
    await rememberPeak({ ...own, backend: 'tensorflow', version: '0.0.1' }, peakOf(9, 1));
    fs.writeFileSync(path.join(folder(), 'cache', 'peaks', 'other.json'), '[]');
    const listed = await rememberedPeaks();
    assert.deepEqual(listed.get('wasm'), peakOf(41, 2));
    assert.deepEqual([...listed.keys()].sort(), ['cpu', 'wasm']);
  });

  it('is nothing where the file is damaged or foreign, and is then measured anew', async () => {
    await rememberPeak(subject, peakOf(40, 1));
    const file = path.join(folder(), 'cache', 'peaks', files()[0] ?? '');
    for (const text of ['', '{"peak": {', '{}', '{"peak":{"matmul":{"gigaflopsPerSecond":-1}}}']) {
      fs.writeFileSync(file, text);
      assert.equal(await recallPeak(subject), undefined, text);
    }
    await rememberPeak(subject, peakOf(30, 2));
    assert.deepEqual(await recallPeak(subject), peakOf(30, 2));
  });

  it('is whole when many write at once, and none leaves a draft', async () => {
    const all = Array.from({ length: 20 }, (_, i) => peakOf(20 + i, 1));
    await Promise.all(all.map((peak) => rememberPeak(subject, peak)));
    assert.ok((await recallPeak(subject))?.matmul.gigaflopsPerSecond);
    assert.equal(files().length, 1);
  });

  it('is nothing, without an error, where the cache cannot be written', async () => {
    fs.writeFileSync(path.join(folder(), 'cache'), 'a file');
    assert.deepEqual(await rememberPeak(subject, peakOf(40, 1)), peakOf(40, 1));
    assert.equal(await recallPeak(subject), undefined);
  });
});
