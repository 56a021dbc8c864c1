import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findPowercap, PowercapReader } from '../../../src/energy/powercap';
import { writeZone } from './zones';

describe('powercap', () => {
  let root: string;
  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'lens-powercap-'));
  });
  afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

  it('reads every socket and its memory once, and nothing that is in another', async () => {
    writeZone(root, 'intel-rapl:0', 'package-0', 1_000_000);
    writeZone(root, 'intel-rapl:0:0', 'core', 1_000_000);
    writeZone(root, 'intel-rapl:0:1', 'dram', 1_000_000);
    writeZone(root, 'intel-rapl:1', 'package-1', 1_000_000);
    writeZone(root, 'intel-rapl:1:0', 'dram', 1_000_000);
    writeZone(root, 'intel-rapl:2', 'psys', 1_000_000);
    writeZone(root, 'intel-rapl-mmio:0', 'package-0', 1_000_000);
    const { zones, problems } = await findPowercap(root);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      zones.map(({ component, folder }) => [component, path.basename(folder)]),
      [
        ['cpu', 'intel-rapl:0'],
        ['memory', 'intel-rapl:0:1'],
        ['cpu', 'intel-rapl:1'],
        ['memory', 'intel-rapl:1:0'],
      ],
    );
    const reader = new PowercapReader(zones);
    assert.deepEqual(await reader.read(0), {});
    writeZone(root, 'intel-rapl:0', 'package-0', 21_000_000);
    writeZone(root, 'intel-rapl:1', 'package-1', 11_000_000);
    writeZone(root, 'intel-rapl:0:1', 'dram', 3_000_000);
    assert.deepEqual(await reader.read(1), { cpu: 30, memory: 2 });
  });

  it('counts a socket once that shows twice', async () => {
    writeZone(root, 'intel-rapl:0', 'package-0', 0);
    writeZone(root, 'intel-rapl:1', 'package-0', 0);
    assert.equal((await findPowercap(root)).zones.length, 1);
  });

  it('knows sockets of several dies apart', async () => {
    writeZone(root, 'intel-rapl:0', 'package-0-die-0', 0);
    writeZone(root, 'intel-rapl:1', 'package-0-die-1', 0);
    assert.equal((await findPowercap(root)).zones.length, 2);
  });

  it('does not take one socket of two for the machine', async () => {
    writeZone(root, 'intel-rapl:0', 'package-0', 0);
    writeZone(root, 'intel-rapl:1', 'package-1', 'broken');
    const { zones, problems } = await findPowercap(root);
    assert.deepEqual(zones, []);
    assert.match(
      problems.join(),
      /^package-1: .*intel-rapl:1.energy_uj cannot be read \("broken" is no number\)/,
    );
  });

  it('says what makes counters of root readable', async function () {
    if (process.getuid?.() === 0 || process.platform === 'win32') {
      console.warn('      not run as root: root may read every file');
      this.skip();
    }
    writeZone(root, 'intel-rapl:0', 'package-0', 0);
    fs.chmodSync(path.join(root, 'intel-rapl:0', 'energy_uj'), 0);
    const { zones, problems } = await findPowercap(root);
    assert.deepEqual(zones, []);
    assert.match(problems.join(), /package-0: only root may read .*sudo chmod a\+r/);
  });

  it('leaves the whole machine unknown while one socket cannot be read', async () => {
    writeZone(root, 'intel-rapl:0', 'package-0', 0);
    writeZone(root, 'intel-rapl:1', 'package-1', 0);
    const reader = new PowercapReader((await findPowercap(root)).zones);
    await reader.read(0);
    writeZone(root, 'intel-rapl:0', 'package-0', 10_000_000);
    fs.rmSync(path.join(root, 'intel-rapl:1', 'energy_uj'));
    assert.deepEqual(await reader.read(1), {});
    writeZone(root, 'intel-rapl:0', 'package-0', 20_000_000);
    writeZone(root, 'intel-rapl:1', 'package-1', 30_000_000);
    assert.deepEqual(await reader.read(2), { cpu: 25 }, 'half of the 30 joules of two seconds');
  });

  it('says where a machine has no counters', async () => {
    assert.match(
      (await findPowercap(path.join(root, 'none'))).problems.join(),
      /tells of no energy counters/,
    );
    assert.match((await findPowercap(root)).problems.join(), /has no zone of a processor/);
  });
});
