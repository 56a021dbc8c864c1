import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { maskedCrc32c, TensorBoardWriter } from '../../../src/runs/tensorboard';
import { freshFolder } from './runFolder';

describe('the checksum of TFRecords', () => {
  /** RFC 3720, appendix B.4, as numbers of the CRC before it is masked. */
  const vectors: [string, Uint8Array, number][] = [
    ['32 bytes of zeroes', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['32 bytes incrementing', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['32 bytes decrementing', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ];
  for (const [name, bytes, crc] of vectors)
    it(`is that of RFC 3720 for ${name}`, () => {
      // The mask is undone as tensorflow/core/lib/hash/crc32c.h (Unmask) defines it.
      const rotated = (maskedCrc32c(bytes) - 0xa282ead8) >>> 0;
      assert.equal(((rotated >>> 17) | (rotated << 15)) >>> 0, crc);
    });
});

describe('event files', () => {
  const folder = freshFolder();

  it('are read by the real TensorBoard as they were written, over several attempts', async function () {
    this.timeout(180_000);
    const python = tensorBoardPython();
    if (typeof python === 'string') {
      console.warn(`      NOT RUN: TensorBoard reads event files: ${python}`);
      return this.skip();
    }
    const values = Array.from({ length: 300 }, (_, i) => Math.fround(Math.cos(i) * 10 ** ((i % 60) - 30)));
    const first = new TensorBoardWriter(folder(), 1);
    values.slice(0, 200).forEach((value, i) => first.scalar('train/loss', i + 1, value, 1.7e12 + i * 10));
    first.scalar('test/acc', 200, 0.5, 1.7e12 + 2000);
    await first.close();
    const second = new TensorBoardWriter(folder(), 2);
    values
      .slice(200)
      .forEach((value, i) => second.scalar('train/loss', i + 201, value, 1.7e12 + 5000 + i * 10));
    second.scalar('train/loss', 2 ** 33, NaN, 1.7e12 + 9000);
    second.flushSync();
    await second.close();
    const script = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
acc = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0}); acc.Reload()
print(json.dumps({t: [[e.step, repr(e.value), e.wall_time] for e in acc.Scalars(t)] for t in acc.Tags()['scalars']}))`;
    const text = execFileSync('python3', ['-c', script, folder()], {
      encoding: 'utf8',
      env: { ...process.env, ...python },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const read = JSON.parse(text) as Record<string, [number, string, number][]>;
    assert.deepEqual(Object.keys(read).sort(), ['test/acc', 'train/loss']);
    const losses = read['train/loss'] ?? [];
    assert.deepEqual(
      losses.map(([step]) => step),
      [...values.map((_, i) => i + 1), 2 ** 33],
    );
    assert.deepEqual(
      losses.slice(0, -1).map(([, value]) => Number(value)),
      values,
    );
    assert.equal(losses.at(-1)?.[1], 'nan');
    assert.equal(losses[1]?.[2], 1.7e9 + 0.01);
    assert.deepEqual(read['test/acc'], [[200, '0.5', 1.7e9 + 2]]);
  });

  it('can be read while they are written: whole records only', async () => {
    const writer = new TensorBoardWriter(folder(), 1);
    writer.scalar('train/loss', 1, 0.5);
    await writer.flush();
    const [name] = fs.readdirSync(folder());
    assert.match(name ?? '', /^events\.out\.tfevents\.\d{10}\..+\.1$/);
    const bytes = fs.readFileSync(path.join(folder(), name ?? ''));
    let at = 0;
    let records = 0;
    while (at < bytes.length) {
      at += 8 + 4 + Number(bytes.readBigUInt64LE(at)) + 4;
      records++;
    }
    assert.equal(at, bytes.length);
    assert.equal(records, 2);
    await writer.close();
  });
});

/** The environment in which Python has TensorBoard, installed for this where it can be; else why there is none. */
function tensorBoardPython(): NodeJS.ProcessEnv | string {
  const has = (env: NodeJS.ProcessEnv) =>
    spawnSync('python3', ['-c', 'import tensorboard'], { env: { ...process.env, ...env } }).status === 0;
  if (spawnSync('python3', ['--version']).status !== 0) return 'there is no python3';
  if (has({})) return {};
  const target = path.resolve('out/python');
  const env = { PYTHONPATH: target };
  if (has(env)) return env;
  const pip = spawnSync('python3', ['-m', 'pip', 'install', '--quiet', '--target', target, 'tensorboard'], {
    encoding: 'utf8',
    timeout: 150_000,
  });
  return has(env) ? env : `pip could not install it: ${pip.stderr?.trim().split('\n').at(-1) ?? 'no pip'}`;
}
