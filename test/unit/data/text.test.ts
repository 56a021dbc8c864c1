import * as assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { text, type TextOptions } from '../../../src/data/text';
import { rejectsWith } from './rejectsWith';
import { sharedData } from './sharedData';
import { temporaryFolder } from './temporaryFolder';

const folder = temporaryFolder();
const load = (content: string | Buffer, options: TextOptions = {}) => {
  writeFileSync(path.join(folder(), 'input.txt'), content);
  return text('input.txt', options).load({ directory: folder() });
};

describe('text', () => {
  it('makes one-hot windows and the character after them', async () => {
    const data = await load('abcabd', { sequenceLength: 2, stride: 1, testFraction: 0 });
    assert.deepEqual(data.vocabulary, ['a', 'b', 'c', 'd']);
    assert.deepEqual([data.inputShape, data.outputShape, data.train.size], [[2, 4], [4], 4]);
    const { xs, ys } = data.train.batch([3, 0]);
    assert.deepEqual(xs, {
      data: Float32Array.from([1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0]),
      shape: [2, 2, 4],
    });
    assert.deepEqual(ys, { data: Float32Array.from([0, 0, 0, 1, 0, 0, 1, 0]), shape: [2, 4] });
  });

  it('makes index windows and windows shifted by one', async () => {
    const data = await load('abcabd', {
      sequenceLength: 2,
      encoding: 'index',
      labels: 'sequence',
      testFraction: 0,
    });
    assert.deepEqual([data.inputShape, data.outputShape, data.train.size], [[2], [2], 2]);
    const { xs, ys } = data.train.batch([0, 1]);
    assert.deepEqual(xs, { data: Int32Array.of(0, 1, 2, 0), shape: [2, 2] });
    assert.deepEqual(ys, { data: Int32Array.of(1, 2, 0, 1), shape: [2, 2] });
    const next = await load('abcabd', { sequenceLength: 5, encoding: 'index', testFraction: 0 });
    assert.deepEqual(next.train.batch([0]).ys, { data: Int32Array.of(3), shape: [1] });
  });

  it('holds out the end, and no window crosses the cut', async () => {
    const content = 'a'.repeat(90) + 'b'.repeat(10);
    const data = await load(content, { sequenceLength: 3, stride: 1, encoding: 'index' });
    assert.deepEqual([data.train.size, data.test?.size], [87, 7]);
    const every = (size: number) => Array.from({ length: size }, (_, i) => i);
    const train = data.train.batch(every(87));
    const test = data.test!.batch(every(7));
    assert.ok([...train.xs.data, ...train.ys.data].every((code) => code === 0));
    assert.ok([...test.xs.data, ...test.ys.data].every((code) => code === 1));
  });

  it('counts characters as code points, sorted as such', async () => {
    const data = await load('z\u{1f600}é\uffee\u{1f600}a', { sequenceLength: 1, stride: 1, testFraction: 0 });
    assert.deepEqual(data.vocabulary, ['a', 'z', 'é', '\uffee', '\u{1f600}']);
    assert.equal(data.train.size, 5);
  });

  it('has its vocabulary once loaded', async () => {
    writeFileSync(path.join(folder(), 'input.txt'), 'hello world');
    const source = text('input.txt', { sequenceLength: 2, testFraction: 0 });
    assert.throws(() => source.vocabulary, /known once its data is loaded/);
    await source.load({ directory: folder() });
    assert.equal(source.vocabulary.length, 8);
  });

  it('names the byte that is not UTF-8', async () => {
    await rejectsWith(
      load(Buffer.from('caf\xe9 au lait', 'latin1')),
      /not UTF-8 text: found e9 20 61 75 at byte 3/,
    );
    await rejectsWith(
      load(Buffer.concat([Buffer.from('é'), Buffer.from([0xe2, 0x82])])),
      /found e2 82 at byte 2/,
    );
    await rejectsWith(load(Buffer.from([0xff, 0xfe, 0x61, 0])), /at byte 0/);
  });

  it('names files too short, empty or missing', async () => {
    await rejectsWith(
      load('abc', { sequenceLength: 3, testFraction: 0 }),
      /training part has 3 characters; one window needs 4/,
    );
    await rejectsWith(load('abcdefghij', { sequenceLength: 3 }), /its test part has 1 characters/);
    await rejectsWith(load(''), /the file is empty/);
    await rejectsWith(text('none.txt').load({ directory: folder() }), /none\.txt: there is no such file/);
    assert.throws(() => text('x', { sequenceLength: 0 }), /sequenceLength/);
    assert.throws(() => text('x', { stride: 1.5 }), /stride/);
    assert.throws(() => text('x', { testFraction: -0.1 }), /testFraction/);
  });
});

describe('text on tiny Shakespeare', () => {
  const shared = sharedData();
  if (!shared) return;

  it('finds its 1,115,394 characters, 65 different, as published in the README of char-rnn', async () => {
    const data = await text(path.join(shared, 'tinyshakespeare', 'input.txt')).load({ directory: '/' });
    assert.match(data.description, /1,115,394 characters, 65 different/);
    const decoded = [...text0(data)].join('');
    assert.equal(decoded, 'First Citizen:\nBefore we proceed any further, hear me speak.\n\nAl');
  });

  function text0(data: Awaited<ReturnType<ReturnType<typeof text>['load']>>): string[] {
    const { xs } = data.train.batch([0]);
    return Array.from({ length: 64 }, (_, i) => {
      const row = xs.data.subarray(65 * i, 65 * (i + 1));
      return data.vocabulary[row.indexOf(1)] ?? '';
    });
  }
});
