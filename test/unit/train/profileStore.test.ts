import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { DeviceProfile } from '../../../src/cost/deviceProfile';
import { deviceFor, rememberedProfiles, rememberProfile, rememberRun } from '../../../src/train/profileStore';
import type { PeakSubject } from '../../../src/train/peakStore';
import { version } from '../../../package.json';
import { freshFolder } from '../runs/runFolder';

const profile: DeviceProfile = {
  secondsPer: { calls: 1e-6 },
  stepSeconds: 1e-5,
  fuses: true,
  residual: { p5: 0.8, p50: 1, p95: 1.3 },
  samples: 44,
};

describe('the profile of a device that is kept', () => {
  const folder = freshFolder();
  const subject: PeakSubject = {
    host: os.hostname(),
    cpu: 'some',
    cores: 2,
    backend: 'wasm',
    detail: 'TensorFlow.js 4.22.0, WebAssembly',
    threads: 2,
    node: '20.11.0',
    version,
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
  const files = () => {
    const profiles = path.join(folder(), 'cache', 'profiles');
    return fs.readdirSync(profiles).map((name) => path.join(profiles, name));
  };

  it('is that of the backend that is asked for, or of the best', async () => {
    assert.equal(await deviceFor(), undefined);
    await rememberProfile({ ...subject, backend: 'cpu' }, profile);
    assert.equal((await deviceFor())?.subject.backend, 'cpu');
    await rememberProfile(subject, profile);
    assert.equal((await deviceFor())?.subject.backend, 'wasm');
    assert.equal((await deviceFor('cpu'))?.subject.backend, 'cpu');
    assert.equal(await deviceFor('webgpu'), undefined);
    assert.deepEqual((await deviceFor('wasm'))?.profile, profile);
  });

  for (const [what, value] of [
    ['host', 'there'],
    ['version', '0.0.1'],
  ] as const)
    it(`is none where its ${what} is another`, async () => {
      await rememberProfile({ ...subject, [what]: value }, profile);
      assert.deepEqual([...(await rememberedProfiles())], []);
    });

  for (const [what, text] of [
    ['torn', '{"subject": {"host"'],
    ['of another form', '{"subject": {}, "profile": 3}'],
    ['empty', ''],
  ] as const)
    it(`is none where its file is ${what}, and can be measured again`, async () => {
      await rememberProfile(subject, profile);
      const [file] = files();
      assert.ok(file);
      fs.writeFileSync(file, text);
      assert.equal(await deviceFor('wasm'), undefined);
      await rememberProfile(subject, profile);
      assert.ok(await deviceFor('wasm'));
    });

  it('is none where a figure of it is no time', async () => {
    await rememberProfile(subject, { ...profile, secondsPer: { calls: -1 } });
    assert.equal(await deviceFor('wasm'), undefined);
  });

  it('keeps what runs took, each model once and the last forty, until it is calibrated again', async () => {
    await rememberProfile(subject, profile);
    const runs = async () => (await deviceFor('wasm'))?.runs;
    await rememberRun('wasm', 'net', 1.1);
    await rememberRun('wasm', 'net', 1.2);
    await rememberRun('wasm', 'broken', NaN);
    assert.deepEqual(await runs(), { net: 1.2 });
    for (let i = 0; i < 45; i++) await rememberRun('wasm', `other ${i}`, 1);
    const kept = Object.keys((await runs()) ?? {});
    assert.equal(kept.length, 40);
    assert.ok(!kept.includes('net') && kept.includes('other 44'));
    await rememberProfile(subject, profile);
    assert.deepEqual(await runs(), {});
  });

  it('takes nothing of runs on a backend that was not calibrated', async () => {
    await rememberRun('cpu', 'net', 1.1);
    assert.deepEqual([...(await rememberedProfiles())], []);
  });
});
