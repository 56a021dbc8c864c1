import * as assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { gzipSync } from 'node:zlib';
import { catalogue as publicCatalogue, datasetNames, type Catalogue } from '../../../src/data/catalogue';
import { download, type DownloadOptions, type DownloadProgress } from '../../../src/data/download';
import { glyphs } from '../../../src/data/glyphs';
import { idx } from '../../../src/data/idx';
import { text } from '../../../src/data/text';
import { DataServer, sha256Of, type Served } from './dataServer';
import { idxBytes } from './idxBytes';
import { rejectsWith } from './rejectsWith';
import { sharedData } from './sharedData';
import { temporaryFolder } from './temporaryFolder';

const folder = temporaryFolder();
let server: DataServer;
beforeEach(async () => {
  server = new DataServer();
  await server.start();
});
afterEach(() => server.stop());

const quick = { retryMilliseconds: 5, stallMilliseconds: 5000 };
const body = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) >> 3));

/** A dataset of one file, mirrored at the given paths. */
function one(paths: readonly string[], content = body): Catalogue {
  const file = {
    name: 'data.bin',
    bytes: content.length,
    sha256: sha256Of(content),
    urls: paths.map((p) => server.url(p)),
  };
  return { one: { title: 'one file', files: [file] } };
}

const serve = (at: string, served: Partial<Served> = {}) => server.files.set(at, { body, ...served });
const get = (paths: readonly string[], options: DownloadOptions = {}) =>
  download('one', folder(), { ...quick, catalogue: one(paths), ...options });
const target = () => path.join(folder(), 'data.bin');

describe('download', () => {
  it('fetches, verifies and names the file, with progress', async () => {
    serve('/a');
    const seen: DownloadProgress[] = [];
    const result = await get(['/a'], { onProgress: (progress) => seen.push(progress) });
    assert.deepEqual(result, { folder: folder(), files: [target()], downloaded: true, movedAside: [] });
    assert.ok(readFileSync(target()).equals(body));
    assert.deepEqual(readdirSync(folder()), ['data.bin']);
    assert.deepEqual(seen[0], {
      dataset: 'one',
      doing: 'downloading',
      file: 'data.bin',
      fileBytes: 0,
      fileTotalBytes: 300_000,
      bytes: 0,
      totalBytes: 300_000,
    });
    const fetched = seen.filter((progress) => progress.doing === 'downloading').map((p) => p.bytes);
    assert.deepEqual(
      fetched,
      [...fetched].sort((a, b) => a - b),
    );
    assert.equal(fetched.at(-1), 300_000);
    assert.equal(seen.at(-1)?.doing, 'verifying');
  });

  it('keeps what is there and right, without asking the network', async () => {
    writeFileSync(target(), body);
    const result = await get(['/a']);
    assert.deepEqual([result.downloaded, server.requests.length], [false, 0]);
  });

  it('moves a file of the same name and other content aside', async () => {
    serve('/a');
    writeFileSync(target(), 'my own notes');
    const result = await get(['/a']);
    assert.deepEqual(result.movedAside, [`${target()}.old`]);
    assert.equal(readFileSync(`${target()}.old`, 'utf8'), 'my own notes');
    assert.ok(readFileSync(target()).equals(body));
  });

  it('continues where the server cut the connection', async () => {
    serve('/a', { etag: '"v1"', cutAfter: [150_000, 50_000] });
    await get(['/a']);
    assert.ok(readFileSync(target()).equals(body));
    assert.equal(server.requests.length, 3);
    const starts = server.requests.map(({ range }) => Number(/\d+/.exec(range ?? '0')?.[0]));
    assert.ok(starts[1]! > 0 && starts[1]! <= 150_000 && starts[2]! > starts[1]!, String(starts));
    assert.deepEqual(
      server.requests.map(({ ifRange }) => ifRange),
      [undefined, '"v1"', '"v1"'],
    );
    assert.ok(server.sentBytes < 2 * body.length);
    assert.deepEqual(readdirSync(folder()), ['data.bin']);
  });

  it('continues in a later call', async () => {
    serve('/a', { etag: '"v1"', cutAfter: [200_000] });
    await rejectsWith(
      get(['/a'], { retries: 0 }),
      /the connection was cut after \d+ of 300000 bytes/,
      /what was received is kept/,
    );
    assert.ok(existsSync(`${target()}.part`));
    await get(['/a']);
    assert.match(server.requests[1]?.range ?? '', /^bytes=[1-9]\d*-$/);
    assert.ok(readFileSync(target()).equals(body));
  });

  it("continues at another mirror, which is not asked about the first one's version", async () => {
    serve('/a', { etag: '"v1"', cutAfter: [200_000] });
    serve('/b', { etag: '"other"' });
    await get(['/a', '/b'], { retries: 0 });
    assert.deepEqual(
      server.requests.map(({ path: at, ifRange }) => [at, ifRange]),
      [
        ['/a', undefined],
        ['/b', undefined],
      ],
    );
    assert.match(server.requests[1]?.range ?? '', /^bytes=[1-9]/);
    assert.ok(readFileSync(target()).equals(body));
  });

  it('starts again where the server knows no ranges, or has another version by now', async () => {
    serve('/a', { ranges: false, cutAfter: [100_000] });
    await get(['/a']);
    assert.ok(readFileSync(target()).equals(body));
    await server.stop();
    server = new DataServer();
    await server.start();
    serve('/a', { etag: '"v2"' });
    writeFileSync(target(), '');
    writeFileSync(`${target()}.part`, Buffer.alloc(1000, 7));
    writeFileSync(`${target()}.part.json`, JSON.stringify({ url: server.url('/a'), etag: '"v1"' }));
    await get(['/a']);
    assert.ok(readFileSync(target()).equals(body));
    assert.equal(server.requests.length, 1);
  });

  it('discards a part that turns out wrong and fetches it whole', async () => {
    serve('/a');
    writeFileSync(`${target()}.part`, Buffer.alloc(1000, 7));
    await get(['/a']);
    assert.deepEqual(
      server.requests.map(({ range }) => range),
      ['bytes=1000-', undefined],
    );
    assert.ok(readFileSync(target()).equals(body));
    writeFileSync(target(), '');
    writeFileSync(`${target()}.part`, Buffer.alloc(body.length + 1, 7));
    await get(['/a']);
    assert.equal(server.requests.at(-1)?.range, undefined);
    assert.ok(readFileSync(target()).equals(body));
  });

  it('survives a damaged note beside the part', async () => {
    serve('/a');
    writeFileSync(`${target()}.part`, body.subarray(0, 10));
    writeFileSync(`${target()}.part.json`, '{"url": 5');
    await get(['/a']);
    assert.equal(server.requests[0]?.range, 'bytes=10-');
    assert.deepEqual(readdirSync(folder()), ['data.bin']);
  });

  it('goes to the next mirror on 404, on another file, and on a wrong checksum', async () => {
    serve('/short', { body: body.subarray(1) });
    const damaged = Buffer.from(body);
    damaged[150_000]! ^= 1;
    serve('/damaged', { body: damaged });
    serve('/good');
    await get(['/none', '/short', '/damaged', '/good']);
    assert.deepEqual(
      server.requests.map((request) => request.path),
      ['/none', '/short', '/damaged', '/good'],
    );
    assert.ok(readFileSync(target()).equals(body));
  });

  it('says what each mirror did, and leaves nothing wrong behind', async () => {
    const damaged = Buffer.from(body);
    damaged[0]! ^= 1;
    serve('/damaged', { body: damaged });
    serve('/page', { body: Buffer.from('<html>please log in</html>') });
    serve('/packed', { headers: { 'content-encoding': 'br' } });
    await rejectsWith(
      get(['/none', '/damaged', '/page', '/packed']),
      /one: data\.bin could not be downloaded from any mirror/,
      /none: HTTP 404 Not Found/,
      new RegExp(`damaged: wrong checksum: expected SHA-256 ${sha256Of(body)}, got ${sha256Of(damaged)}`),
      /page: its file has 26 bytes; expected 300000/,
      /packed: it sends the file re-encoded \(br\)/,
      /put the file at .*data\.bin yourself/,
    );
    assert.deepEqual(readdirSync(folder()), []);
  });

  it('stops at the expected size where the server does not say how much there is', async () => {
    serve('/long', { body: Buffer.concat([body, Buffer.alloc(1)]), unsized: true });
    await rejectsWith(get(['/long']), /long: it sends more than the expected 300000 bytes/);
    rmSync(`${target()}.part`, { force: true });
    serve('/short', { body: body.subarray(1), unsized: true, ranges: false });
    await rejectsWith(
      get(['/short'], { retries: 1 }),
      /short: the connection ended after 299999 of 300000 bytes/,
    );
    serve('/other', { body: body.subarray(1) });
    await rejectsWith(
      get(['/other']),
      /asked for bytes 299999 to 299999 of 300000, it offers 'bytes 299999-/,
    );
    serve('/unsized', { unsized: true });
    await get(['/unsized']);
    assert.ok(readFileSync(target()).equals(body));
  });

  it('tries a busy server again, and not for ever', async () => {
    serve('/a', { statuses: [503, 429] });
    await get(['/a']);
    assert.equal(server.requests.length, 3);
    writeFileSync(target(), '');
    serve('/b', { statuses: [500, 502, 503, 504, 500, 500, 500, 500] });
    await rejectsWith(get(['/b'], { retries: 2 }), /HTTP 503/);
    assert.equal(server.requests.length, 6);
  });

  it('gives up on a server that goes quiet, and keeps what it sent', async () => {
    serve('/a', { hangAfter: 100_000 });
    await rejectsWith(
      get(['/a'], { stallMilliseconds: 150, retries: 0 }),
      /nothing came for 0\.15 seconds after 100000 of 300000 bytes/,
    );
    assert.equal(readFileSync(`${target()}.part`).length, 100_000);
  });

  it('stops on abort with the part kept for later', async () => {
    serve('/a', { hangAfter: 100_000 });
    const stopper = new AbortController();
    const reason = new Error('enough');
    const getting = get(['/a'], { signal: stopper.signal });
    setTimeout(() => stopper.abort(reason), 100);
    await assert.rejects(getting, (error) => error === reason);
    assert.ok(readFileSync(`${target()}.part`).length > 0);
    assert.ok(!existsSync(target()));
    await assert.rejects(get(['/a'], { signal: stopper.signal }), (error) => error === reason);
    serve('/a');
    await get(['/a']);
    assert.match(server.requests.at(-1)?.range ?? '', /^bytes=[1-9]/);
  });

  it('stops on abort while it waits to try again', async () => {
    serve('/a', { statuses: [503, 503, 503] });
    const signal = AbortSignal.timeout(50);
    await assert.rejects(get(['/a'], { signal, retryMilliseconds: 60_000 }), { name: 'AbortError' });
  });

  it('tells a missing network from a refused connection', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    await new Promise((resolve) => taken.close(resolve));
    const at = (url: string): Catalogue => {
      const [file] = one(['/a']).one!.files;
      return { one: { title: '', files: [{ ...file!, urls: [url] }] } };
    };
    await rejectsWith(
      download('one', folder(), { ...quick, retries: 0, catalogue: at(`http://127.0.0.1:${port}/a`) }),
      /from any mirror:\n.*the connection was refused \(ECONNREFUSED\)/,
    );
    // RFC 2606 reserves .invalid: it never resolves.
    await rejectsWith(
      download('one', folder(), { ...quick, retries: 0, catalogue: at('http://mirror.invalid/a') }),
      /there seems to be no network:\n.*the name cannot be resolved/,
    );
  });

  it('names unknown datasets, and a second download into the same folder', async () => {
    await rejectsWith(
      download('mnits', folder()),
      /no dataset called 'mnits'; there are mnist, fashion-mnist, cifar-10, tiny-shakespeare/,
    );
    await rejectsWith(download('toString', folder()), /no dataset called/);
    serve('/a', { hangAfter: 10 });
    const stopper = new AbortController();
    const first = get(['/a'], { signal: stopper.signal });
    await rejectsWith(get(['/a']), /already under way/);
    stopper.abort();
    await assert.rejects(first);
  });

  it('says why the folder cannot be written', async () => {
    serve('/a');
    const file = path.join(folder(), 'file');
    writeFileSync(file, '');
    await rejectsWith(
      download('one', path.join(file, 'sub'), { ...quick, catalogue: one(['/a']) }),
      /cannot write .*file.*sub: .*(not a folder|no such file)/,
    );
    mkdirSync(target());
    await rejectsWith(get(['/a']), /data\.bin is in the way: it is not a file/);
  });

  it('says that the disk is full', async function () {
    // Every write to this device fails with ENOSPC; only Linux has it.
    if (!existsSync('/dev/full')) {
      if (process.platform === 'linux' && process.env.CI === 'true') throw new Error('/dev/full is missing');
      console.warn('      NOTE: no /dev/full on this system; the full disk is not tried.');
      return this.skip();
    }
    serve('/a');
    symlinkSync('/dev/full', `${target()}.part`);
    await rejectsWith(get(['/a']), /cannot write .*data\.bin\.part: the disk is full.*\(ENOSPC\)/);
  });

  it('says that rights are missing', async function () {
    if (process.platform === 'win32') {
      console.warn(
        '      NOTE: folders have no write permission bit on Windows; missing rights are not tried.',
      );
      return this.skip();
    }
    serve('/a');
    const locked = path.join(folder(), 'locked');
    mkdirSync(locked, { mode: 0o555 });
    // Root may write anywhere, so it becomes "nobody" for the moment.
    const root = process.getuid?.() === 0;
    if (root) process.seteuid?.(65534);
    try {
      await rejectsWith(
        download('one', locked, { ...quick, catalogue: one(['/a']) }),
        /cannot (read|write) .*: this user lacks the rights for it \(EACCES\)/,
      );
    } finally {
      if (root) process.seteuid?.(0);
    }
  });

  it('notices beforehand that there is no room', async () => {
    const [file] = one(['/a']).one!.files;
    const huge: Catalogue = { one: { title: '', files: [{ ...file!, bytes: 2 ** 52 }] } };
    await rejectsWith(
      download('one', folder(), { catalogue: huge }),
      /not enough room for one: 4,503,599,628 MB needed, [\d,]+ MB free/,
    );
    assert.equal(server.requests.length, 0);
  });
});

describe('catalogue', () => {
  it('pins every file and has several mirrors, https first', () => {
    assert.deepEqual(datasetNames, ['mnist', 'fashion-mnist', 'cifar-10', 'tiny-shakespeare']);
    for (const name of datasetNames)
      for (const file of publicCatalogue[name]!.files) {
        assert.match(file.sha256, /^[0-9a-f]{64}$/);
        assert.ok(file.bytes > 1000 && file.urls.length >= 3, file.name);
        assert.match(file.urls[0]!, /^https:/);
        assert.equal(new Set(file.urls).size, file.urls.length);
        assert.equal(path.basename(file.name), file.name);
      }
  });

  it('spells hexadecimal digests that differ', () => {
    const digests = datasetNames.flatMap((name) => publicCatalogue[name]!.files.map((file) => file.sha256));
    assert.equal(new Set(digests).size, 10);
  });
});

describe('download of whole datasets from a server on this machine', () => {
  const shared = sharedData();

  it(`serves ${shared ? 'the real MNIST' : 'glyphs in place of MNIST'}, cuts half-way, and idx reads the result`, async () => {
    const contents = shared ? realMnist(shared) : await glyphMnist();
    const files = [...contents].map(([name, content]) => {
      server.files.set(`/${name}`, {
        body: content,
        etag: `"${name}"`,
        cutAfter: [Math.floor(content.length / 2)],
      });
      return { name, bytes: content.length, sha256: sha256Of(content), urls: [server.url(`/${name}`)] };
    });
    const totals: number[] = [];
    const catalogue = { mnist: { title: 'MNIST', files } };
    await download('mnist', folder(), { ...quick, catalogue, onProgress: ({ bytes }) => totals.push(bytes) });
    const all = files.reduce((sum, file) => sum + file.bytes, 0);
    assert.equal(totals.at(-1), all);
    assert.equal(server.requests.length, 8, 'each file took two requests');
    assert.ok(server.sentBytes < 1.6 * all, 'the second one did not start from 0');
    const data = await idx(folder()).load({ directory: '/', seed: 0 });
    if (shared) assert.deepEqual([data.train.size, data.test?.size], [60_000, 10_000]);
    assert.deepEqual(data.inputShape, [28, 28, 1]);

    const again = await download('mnist', folder(), { ...quick, catalogue });
    assert.deepEqual([again.downloaded, server.requests.length], [false, 8]);
  }).timeout(60_000);

  it('checks tiny Shakespeare against its published SHA-256', async function () {
    if (!shared) return this.skip();
    const content = readFileSync(path.join(shared, 'tinyshakespeare', 'input.txt'));
    serve('/input.txt', { body: content });
    const pinned = publicCatalogue['tiny-shakespeare']!;
    const files = pinned.files.map((file) => ({ ...file, urls: [server.url('/input.txt')] }));
    await download('tiny-shakespeare', folder(), {
      ...quick,
      catalogue: { 'tiny-shakespeare': { ...pinned, files } },
    });
    const data = await text('input.txt').load({ directory: folder() });
    assert.equal(data.vocabulary.length, 65);
  }).timeout(20_000);

  function realMnist(root: string): Map<string, Buffer> {
    const names = publicCatalogue.mnist!.files.map((file) => file.name);
    return new Map(names.map((name) => [name, readFileSync(path.join(root, 'mnist', name))]));
  }

  async function glyphMnist(): Promise<Map<string, Buffer>> {
    const data = await glyphs({ train: 300, test: 100, labels: 'index' }).load({ directory: '/', seed: 0 });
    const packed = new Map<string, Buffer>();
    for (const [prefix, split] of [
      ['train', data.train],
      ['t10k', data.test!],
    ] as const) {
      const { xs, ys } = split.batch(Array.from({ length: split.size }, (_, i) => i));
      const pixels = Array.from(xs.data, (value) => Math.round(255 * value));
      packed.set(`${prefix}-images-idx3-ubyte.gz`, gzipSync(idxBytes('uint8', [split.size, 28, 28], pixels)));
      packed.set(`${prefix}-labels-idx1-ubyte.gz`, gzipSync(idxBytes('uint8', [split.size], [...ys.data])));
    }
    return packed;
  }
});
