import * as assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { gzipSync } from 'node:zlib';
import { idx, type IdxOptions } from '../../../src/data/idx';
import { readIdxFile } from '../../../src/data/idxFile';
import { Random } from '../../../src/data/random';
import { DataError } from '../../../src/data/types';
import { idxBytes } from './idxBytes';
import { rejectsWith } from './rejectsWith';
import { sharedData } from './sharedData';
import { temporaryFolder } from './temporaryFolder';

const folder = temporaryFolder();
const put = (name: string, bytes: Uint8Array) => writeFileSync(path.join(folder(), name), bytes);
const load = (options: IdxOptions = {}) => idx(folder(), options).load({ directory: '/', seed: 0 });

function putTrain(
  images = idxBytes('uint8', [2, 2, 2], [0, 51, 102, 153, 204, 255, 0, 255]),
  labels = [1, 0],
) {
  put('train-images-idx3-ubyte', images);
  put('train-labels-idx1-ubyte', idxBytes('uint8', [labels.length], labels));
}

describe('idx', () => {
  it('scales bytes, adds the channel, encodes labels', async () => {
    putTrain();
    const data = await load();
    assert.deepEqual([data.inputShape, data.outputShape, data.test], [[2, 2, 1], [2], undefined]);
    const { xs, ys } = data.train.batch([1, 0]);
    assert.deepEqual(xs.shape, [2, 2, 2, 1]);
    assert.deepEqual(xs.data, Float32Array.of(0.8, 1, 0, 1, 0, 0.2, 0.4, 0.6));
    assert.deepEqual(ys.data, Float32Array.of(1, 0, 0, 1));
    assert.equal(data.description, 'MNIST format, 2 train, 2x2x1, 2 classes');
  });

  it('takes shape, labels, classes, scale, limit and a relative folder', async () => {
    putTrain();
    const source = idx(path.basename(folder()), {
      shape: 'flat',
      labels: 'index',
      classes: 5,
      scale: 2,
      limit: { train: 1 },
    });
    const data = await source.load({ directory: path.dirname(folder()), seed: 0 });
    assert.deepEqual([data.inputShape, data.outputShape, data.train.size], [[4], [], 1]);
    const { xs, ys } = data.train.batch([0]);
    assert.deepEqual([xs.data, ys.data], [Float32Array.of(0, 102, 204, 306), Int32Array.of(1)]);
    assert.throws(() => data.train.batch([1]), RangeError);
  });

  for (const type of ['uint8', 'int8', 'int16', 'int32', 'float32', 'float64'] as const)
    it(`reads ${type}, packed or not, in one to five dimensions`, async () => {
      const values = type === 'uint8' ? [0, 255, 7, 128] : [0, -100, 7, 127];
      if (type === 'int16') values[1] = -32768;
      if (type === 'int32') values[1] = -2147483648;
      if (type === 'float32') values[1] = -1.5;
      if (type === 'float64') values[1] = Math.PI;
      for (const dimensions of [[4], [2, 2], [2, 1, 2], [4, 1, 1, 1], [1, 2, 1, 2, 1]]) {
        const bytes = idxBytes(type, dimensions, values);
        for (const content of [bytes, gzipSync(bytes)]) {
          put('any', content);
          const array = await readIdxFile(path.join(folder(), 'any'));
          assert.deepEqual([...array.data], values);
          assert.deepEqual([array.type, array.dimensions], [type, dimensions]);
        }
      }
    });

  it('keeps channels of four dimensions and reads the other spelling, packed', async () => {
    const images = idxBytes('uint8', [1, 2, 1, 3], [1, 2, 3, 4, 5, 6]);
    put('train-images.idx4-ubyte.gz', gzipSync(images));
    put('train-labels.idx1-ubyte.gz', gzipSync(idxBytes('uint8', [1], [3])));
    put('t10k-images.idx4-ubyte.gz', gzipSync(images));
    put('t10k-labels.idx1-ubyte.gz', gzipSync(idxBytes('uint8', [1], [5])));
    const data = await load({ scale: 1 });
    assert.deepEqual([data.inputShape, data.outputShape], [[2, 1, 3], [6]]);
    assert.deepEqual([...(data.test?.batch([0]).xs.data ?? [])], [1, 2, 3, 4, 5, 6]);
  });

  it('reads EMNIST names by their prefix, and files named .gz that a browser has unpacked', async () => {
    put('emnist-letters-train-images-idx3-ubyte.gz', idxBytes('uint8', [1, 1, 1], [9]));
    put('emnist-letters-train-labels-idx1-ubyte.gz', idxBytes('uint8', [1], [1]));
    assert.equal((await load({ prefix: 'emnist-letters-' })).train.size, 1);
    await rejectsWith(
      load(),
      /lacks train-images-idx3-ubyte\[\.gz\]/,
      /Found there: emnist-letters/,
      /npx compute-lens data get mnist/,
    );
  });

  it('says what is missing and where to get it', async () => {
    await rejectsWith(
      load(),
      /lacks train-images.* and train-labels/,
      /folder is empty/,
      /npx compute-lens data get mnist/,
    );
    await rejectsWith(
      idx('nowhere').load({ directory: folder(), seed: 0 }),
      /there is no folder .*nowhere/,
      /npx compute-lens data get mnist/,
    );
    putTrain();
    put('t10k-labels-idx1-ubyte', idxBytes('uint8', [1], [0]));
    await rejectsWith(load(), /lacks t10k-images/);
    put('file', Buffer.alloc(1));
    await rejectsWith(
      idx(path.join(folder(), 'file')).load({ directory: '/', seed: 0 }),
      /not a folder \(ENOTDIR\)/,
    );
  });

  it('names file, byte and expectation of a wrong header', async () => {
    putTrain(Buffer.from('<!DOCTYPE html><html>'));
    await rejectsWith(
      load(),
      /train-images-idx3-ubyte: not an IDX file: found 3c 21 44 4f at byte 0; expected 00 00/,
    );
    putTrain(Buffer.from([0, 0, 0x0a, 1, 0, 0, 0, 0]));
    await rejectsWith(load(), /found 00 00 0a 01/, /08, 09, 0b, 0c, 0d, 0e/);
    putTrain(Buffer.from([0, 0, 8, 0]));
    await rejectsWith(load(), /not an IDX file/);
    putTrain(Buffer.from([0, 0, 8]));
    await rejectsWith(load(), /truncated at byte 3/);
    putTrain(Buffer.from([0, 0, 8, 3, 0, 0]));
    await rejectsWith(load(), /truncated at byte 6: the sizes of 3 dimensions need 16 bytes/);
  });

  it('names a truncated body and trailing bytes', async () => {
    const whole = idxBytes('int16', [2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]);
    putTrain(whole.subarray(0, 25));
    await rejectsWith(
      load(),
      /truncated: the header announces 2 x 2 x 2 of int16, 32 bytes in all, but the file has 25/,
    );
    putTrain(Buffer.concat([whole, Buffer.alloc(3)]));
    await rejectsWith(load(), /3 further bytes at byte 32, where the file should end/);
    putTrain(gzipSync(whole.subarray(0, 25)));
    await rejectsWith(load(), /truncated at byte 25: the header announces/);
    putTrain(gzipSync(Buffer.concat([whole, Buffer.alloc(100_000)])));
    await rejectsWith(load(), /at least 65536 further bytes at byte 32/);
  });

  it('tells truncated gzip data from damaged', async () => {
    const random = Random.from(1);
    const packed = gzipSync(
      idxBytes(
        'uint8',
        [100, 28, 28],
        Array.from({ length: 78_400 }, () => random.int(256)),
      ),
    );
    putTrain(packed.subarray(0, packed.length / 2));
    await rejectsWith(load(), /gzip data is truncated: the file ends at byte \d+/, /Get the file again/);
    putTrain(packed.subarray(0, packed.length - 1));
    await rejectsWith(load(), /gzip data is truncated/);
    const damaged = Buffer.from(packed);
    damaged[damaged.length - 6]! ^= 1;
    putTrain(damaged);
    await rejectsWith(load(), /gzip data is damaged \(incorrect data check\)/);
  });

  it('does not reserve memory for sizes that cannot be true', async () => {
    const header = Buffer.from([
      0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 2,
    ]);
    putTrain(header);
    await rejectsWith(load(), /truncated: the header announces 4294967295 x/);
    putTrain(gzipSync(header));
    await rejectsWith(load(), /compressed bytes, which cannot hold that many/);
  });

  it('names labels that do not fit', async () => {
    putTrain(undefined, [1, 0, 1]);
    await rejectsWith(
      load(),
      /train-labels-idx1-ubyte has 3 labels, but .*train-images-idx3-ubyte has 2 examples/,
    );
    putTrain(undefined, [1, 9]);
    await rejectsWith(load({ classes: 9 }), /label 9 of example 1, at byte 9, is not in 0 to 8/);
    putTrain();
    put('train-labels-idx1-ubyte', idxBytes('int32', [2], [0, -3]));
    await rejectsWith(load(), /label -3 of example 1, at byte 12/);
    put('train-labels-idx1-ubyte', idxBytes('uint8', [2, 1], [0, 1]));
    await rejectsWith(load(), /labels have one dimension; found 2 x 1/);
    put('train-labels-idx1-ubyte', idxBytes('float32', [2], [0, 1]));
    await rejectsWith(load(), /labels are whole numbers; found float32/);
  });

  it('names test files of another shape, and empty ones', async () => {
    putTrain();
    put('t10k-images-idx3-ubyte', idxBytes('uint8', [1, 2, 3], [1, 2, 3, 4, 5, 6]));
    put('t10k-labels-idx1-ubyte', idxBytes('uint8', [1], [0]));
    await rejectsWith(load(), /an example is 2 x 3 of uint8, but in .* it is 2 x 2 of uint8/);
    putTrain(idxBytes('uint8', [0, 2, 2], []), []);
    await rejectsWith(load(), /no examples: its dimensions are 0 x 2 x 2/);
  });

  it('names a folder in the place of a file', async () => {
    mkdirSync(path.join(folder(), 'train-images-idx3-ubyte'));
    put('train-labels-idx1-ubyte', idxBytes('uint8', [1], [1]));
    await rejectsWith(load(), /cannot read .*train-images-idx3-ubyte: it is a folder/);
  });

  it('survives every truncation and a thousand random damages', async () => {
    const whole = idxBytes('uint8', [3, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const packed = gzipSync(whole);
    const file = path.join(folder(), 'fuzz');
    for (const bytes of [whole, packed])
      for (let length = 0; length < bytes.length; length++) {
        put('fuzz', bytes.subarray(0, length));
        await rejectsWith(readIdxFile(file), /fuzz/);
      }
    const random = Random.from(3);
    for (let round = 0; round < 1000; round++) {
      const bytes = Buffer.from(round % 2 ? packed : whole);
      for (let hits = 1 + random.int(3); hits > 0; hits--) bytes[random.int(bytes.length)] = random.int(256);
      put('fuzz', bytes);
      try {
        const { data, dimensions } = await readIdxFile(file);
        assert.equal(
          data.length,
          dimensions.reduce((a, b) => a * b, 1),
        );
      } catch (error) {
        assert.ok(error instanceof DataError, String(error));
        assert.match(error.message, /fuzz/);
      }
    }
  }).timeout(20_000);
});

describe('idx on the real MNIST', () => {
  const shared = sharedData();
  if (!shared) return;

  it('gives the published counts, labels, mean and deviation', async () => {
    const data = await idx(path.join(shared, 'mnist'), { labels: 'index' }).load({ directory: '/', seed: 0 });
    assert.equal(data.description, 'MNIST format, 60,000 train + 10,000 test, 28x28x1, 10 classes');
    // First labels as listed in every introduction to MNIST, for instance Nielsen, "Neural networks and deep learning".
    assert.deepEqual([...data.train.batch([0, 1, 2, 3, 4]).ys.data], [5, 0, 4, 1, 9]);
    assert.deepEqual([...(data.test?.batch([0, 1, 2, 3, 4]).ys.data ?? [])], [7, 2, 1, 0, 4]);
    let sum = 0;
    let squares = 0;
    for (let start = 0; start < 60_000; start += 5000)
      for (const value of data.train.batch(Array.from({ length: 5000 }, (_, i) => start + i)).xs.data) {
        sum += value;
        squares += value * value;
      }
    const mean = sum / (60_000 * 784);
    const deviation = Math.sqrt(squares / (60_000 * 784) - mean ** 2);
    // The constants of PyTorch's MNIST example (Normalize((0.1307,), (0.3081,))).
    assert.equal(mean.toFixed(4), '0.1307');
    assert.equal(deviation.toFixed(4), '0.3081');
  }).timeout(30_000);
});
