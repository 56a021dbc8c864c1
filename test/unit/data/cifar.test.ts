import * as assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Catalogue } from '../../../src/data/catalogue';
import { convertCifar } from '../../../src/data/cifar';
import { download } from '../../../src/data/download';
import { idx } from '../../../src/data/idx';
import { Random } from '../../../src/data/random';
import { DataServer, sha256Of } from './dataServer';
import { rejectsWith } from './rejectsWith';
import { temporaryFolder } from './temporaryFolder';

const folder = temporaryFolder();
const records = 20;
const archiveForm = { format: 'cifar-10-binary', recordsPerBatch: records } as const;

/** Records as www.cs.toronto.edu/~kriz/cifar.html says: a label, then 1024 red, 1024 green and 1024 blue bytes. */
function batch(seed: number, count = records): Buffer {
  const random = Random.from(seed);
  return Buffer.from(
    Array.from({ length: count * 3073 }, (_, i) => (i % 3073 === 0 ? random.int(10) : random.int(256))),
  );
}

const names = [1, 2, 3, 4, 5].map((i) => `cifar-10-batches-bin/data_batch_${i}.bin`);
const testName = 'cifar-10-batches-bin/test_batch.bin';

async function archive(entries: readonly (readonly [string, Buffer | string])[]): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of entries)
    if (typeof content === 'string') tar.entry({ name, type: 'symlink', linkname: content });
    else tar.entry({ name }, content);
  tar.finalize();
  return gzipSync(await buffer(tar));
}

/** Out of order and with other files between, as in the real archive. */
function wholeEntries(): [string, Buffer][] {
  return [
    [names[0]!, batch(1)],
    ['cifar-10-batches-bin/batches.meta.txt', Buffer.from('airplane\n')],
    [names[2]!, batch(3)],
    [testName, batch(9)],
    ['cifar-10-batches-bin/readme.html', Buffer.from('<html>')],
    [names[4]!, batch(5)],
    [names[1]!, batch(2)],
    [names[3]!, batch(4)],
  ];
}

const convert = (bytes: Buffer) => {
  const file = path.join(folder(), 'cifar-10-binary.tar.gz');
  writeFileSync(file, bytes);
  return convertCifar(file, folder(), archiveForm);
};

describe('convertCifar', () => {
  it('turns planes into channels, in the order of the batches', async () => {
    await convert(await archive(wholeEntries()));
    const data = await idx(folder(), { labels: 'index', scale: 1, classes: 10 }).load({
      directory: '/',
      seed: 0,
    });
    assert.deepEqual([data.inputShape, data.train.size, data.test?.size], [[32, 32, 3], 100, 20]);
    for (const [split, start, seed] of [
      [data.train, 0, 1],
      [data.train, 20, 2],
      [data.train, 80, 5],
      [data.test!, 0, 9],
    ] as const) {
      const source = batch(seed);
      for (const record of [0, 19]) {
        const { xs, ys } = split.batch([start + record]);
        assert.equal(ys.data[0], source[record * 3073]);
        for (const [row, column, channel] of [
          [0, 0, 0],
          [0, 0, 2],
          [3, 17, 1],
          [31, 31, 2],
        ] as const)
          assert.equal(
            xs.data[(row * 32 + column) * 3 + channel],
            source[record * 3073 + 1 + channel * 1024 + row * 32 + column],
          );
      }
    }
  });

  it('writes nothing under a name from the archive', async () => {
    const evil = Buffer.from('evil');
    const outside = path.join(folder(), '..', 'compute-lens-escaped');
    await convert(
      await archive([
        ['../compute-lens-escaped', evil],
        [outside, evil],
        ['cifar-10-batches-bin/../../compute-lens-escaped', evil],
        ['train-images-idx4-ubyte', evil],
        ['link', '/etc/passwd'],
        [`./${names[0]}`, batch(1)],
        ...wholeEntries().slice(1),
      ]),
    );
    assert.ok(!existsSync(outside));
    assert.equal(readFileSync(path.join(folder(), 'train-images-idx4-ubyte')).length, 20 + 100 * 3072);
    assert.deepEqual(readdirSync(folder()).sort(), [
      'SHA256SUMS',
      'cifar-10-binary.tar.gz',
      't10k-images-idx4-ubyte',
      't10k-labels-idx1-ubyte',
      'train-images-idx4-ubyte',
      'train-labels-idx1-ubyte',
    ]);
  });

  it('names what is missing, doubled, of the wrong size or no file, and leaves nothing behind', async () => {
    await rejectsWith(
      convert(await archive(wholeEntries().slice(0, 6))),
      /it lacks data_batch_2\.bin, data_batch_4\.bin/,
    );
    await rejectsWith(
      convert(await archive([...wholeEntries(), [testName, batch(9)]])),
      /contains test_batch\.bin twice/,
    );
    await rejectsWith(
      convert(await archive([[testName, batch(9, 19)], ...wholeEntries()])),
      /test_batch\.bin has 58387 bytes; expected 61460 \(20 records of 3073\)/,
    );
    await rejectsWith(
      convert(await archive([[names[0]!, '/etc/passwd'], ...wholeEntries().slice(1)])),
      /it lacks data_batch_1\.bin/,
    );
    assert.deepEqual(readdirSync(folder()), ['cifar-10-binary.tar.gz']);
  });

  it('names archives that are damaged or truncated', async () => {
    const bytes = await archive(wholeEntries());
    await rejectsWith(
      convert(bytes.subarray(0, bytes.length / 2)),
      /the archive is damaged: unexpected end of file/,
    );
    await rejectsWith(convert(Buffer.from('<html>')), /the archive is damaged: incorrect header check/);
    await rejectsWith(convert(gzipSync(Buffer.alloc(4096, 'x'))), /the archive is damaged/);
    const damaged = Buffer.from(bytes);
    damaged[bytes.length >> 1]! ^= 0xff;
    await rejectsWith(convert(damaged), /cifar-10-binary\.tar\.gz/);
    assert.deepEqual(readdirSync(folder()), ['cifar-10-binary.tar.gz']);
  });

  it('stops on abort', async () => {
    const file = path.join(folder(), 'a.tar.gz');
    writeFileSync(file, await archive(wholeEntries()));
    const reason = new Error('enough');
    await assert.rejects(
      convertCifar(file, folder(), archiveForm, AbortSignal.abort(reason)),
      (e) => e === reason,
    );
    assert.deepEqual(readdirSync(folder()), ['a.tar.gz']);
  });
});

describe('download of an archive', () => {
  let server: DataServer;
  beforeEach(async () => {
    server = new DataServer();
    await server.start();
  });
  afterEach(() => server.stop());

  it('converts it, removes it, and knows the result again', async () => {
    const body = await archive(wholeEntries());
    server.files.set('/c', { body });
    const file = { name: 'c.tar.gz', bytes: body.length, sha256: sha256Of(body), urls: [server.url('/c')] };
    const catalogue: Catalogue = { cifar: { title: '', files: [file], archive: archiveForm } };
    const doing = new Set<string>();
    const first = await download('cifar', folder(), { catalogue, onProgress: (p) => doing.add(p.doing) });
    assert.equal(first.downloaded, true);
    assert.deepEqual([...doing], ['downloading', 'verifying', 'unpacking']);
    assert.ok(!existsSync(path.join(folder(), 'c.tar.gz')));
    assert.equal((await idx(folder()).load({ directory: '/', seed: 0 })).train.size, 100);

    const second = await download('cifar', folder(), { catalogue });
    assert.deepEqual([second.downloaded, second.files, server.requests.length], [false, first.files, 1]);
    writeFileSync(path.join(folder(), 't10k-labels-idx1-ubyte'), 'damaged');
    const third = await download('cifar', folder(), { catalogue });
    assert.deepEqual([third.downloaded, server.requests.length], [true, 2]);
  });
});
