import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { knownPower, surveyEnergy } from '../../../src/energy';
import { totalEnergy, type EnergyPart } from '../../../src/runs/energy';
import { parseBusySeconds, readCpuTime, shareOf } from '../../../src/energy/cpuTime';
import { parseGpuPower, PowerIntegral, powerError } from '../../../src/energy/gpuPower';
import { EnergyMeter, type MeterOptions } from '../../../src/energy/meter';
import { writeZone } from './zones';

describe('energy meter', () => {
  let root: string;
  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'lens-meter-'));
  });
  afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

  /** A machine whose clock and processor time are set by hand; its counters are files. */
  function machine(more: Partial<MeterOptions> = {}) {
    const state = { at: 0, own: 0, machine: 0 };
    const options: MeterOptions = {
      powercap: root,
      now: () => state.at,
      readCpu: async () => ({ own: state.own, machine: state.machine }),
      memoryBytes: () => 2e9,
      readGpus: async () => [],
      ...more,
    };
    return { state, begin: () => EnergyMeter.begin(options) };
  }
  const of = (parts: readonly EnergyPart[], component: string) =>
    parts.filter((part) => part.component === component);

  it('takes all that the counters say while nobody else is busy', async () => {
    writeZone(root, 'intel-rapl:0', 'package-0', 0);
    writeZone(root, 'intel-rapl:0:0', 'dram', 0);
    const { state, begin } = machine();
    const meter = await begin();
    writeZone(root, 'intel-rapl:0', 'package-0', 50_000_000);
    writeZone(root, 'intel-rapl:0:0', 'dram', 4_000_000);
    Object.assign(state, { at: 1, own: 2, machine: 2.05 });
    const parts = await meter.sample();
    assert.deepEqual(
      parts.map(({ component, provenance, joules, low, high }) => [component, provenance, joules, low, high]),
      [
        ['cpu', 'measured', 50, 50, 50],
        ['memory', 'measured', 4, 4, 4],
      ],
    );
  });

  it('takes its share where others are busy, so that runs of one machine add up to no more than it used', async () => {
    writeZone(root, 'intel-rapl:0', 'package-0', 0);
    const [one, other] = [machine(), machine()];
    const meters = [await one.begin(), await other.begin()];
    writeZone(root, 'intel-rapl:0', 'package-0', 80_000_000);
    Object.assign(one.state, { at: 1, own: 3, machine: 4 });
    Object.assign(other.state, { at: 1, own: 1, machine: 4 });
    const [mine, theirs] = await Promise.all(meters.map(async (meter) => of(await meter.sample(), 'cpu')));
    assert.equal(mine?.[0]?.joules, 60);
    assert.equal(theirs?.[0]?.joules, 20);
    assert.match(mine?.[0]?.source ?? '', /share/);
    assert.ok((mine?.[0]?.low ?? 0) < 60 && mine?.[0]?.high === 80);
  });

  it('estimates while a counter cannot be read, and keeps the two apart', async () => {
    writeZone(root, 'intel-rapl:0', 'package-0', 0);
    const { state, begin } = machine({ known: { cpuWatts: 8 * os.cpus().length } });
    const meter = await begin();
    fs.renameSync(path.join(root, 'intel-rapl:0', 'energy_uj'), path.join(root, 'hidden'));
    Object.assign(state, { at: 10, own: 10, machine: 10 });
    await meter.sample();
    writeZone(root, 'intel-rapl:0', 'package-0', 500_000_000);
    Object.assign(state, { at: 20, own: 20, machine: 20 });
    await meter.sample();
    writeZone(root, 'intel-rapl:0', 'package-0', 700_000_000);
    Object.assign(state, { at: 24, own: 24, machine: 24 });
    const cpu = of(await meter.sample(), 'cpu');
    const estimated = cpu.find(({ provenance }) => provenance === 'estimated');
    assert.deepEqual([estimated?.joules, estimated?.seconds], [80, 10], '8 watts a thread for 10 seconds');
    assert.ok(estimated && Math.abs(estimated.low - 48) < 1e-9 && Math.abs(estimated.high - 112) < 1e-9);
    const measured = cpu.find(({ provenance }) => provenance === 'measured');
    // The counter ran on meanwhile: 500 J of 20 s, of which the estimate stands for the first half.
    assert.equal(measured?.joules, 450);
  });

  it('estimates a machine without meters, with bounds', async () => {
    const { state, begin } = machine();
    const meter = await begin();
    Object.assign(state, { at: 100, own: 50, machine: 60 });
    const parts = await meter.sample();
    const [cpu] = of(parts, 'cpu');
    assert.deepEqual([cpu?.provenance, cpu?.joules], ['estimated', 200], '4 watts for each busy thread');
    const [memory] = of(parts, 'memory');
    assert.ok(memory && Math.abs(memory.joules - 74.5) < 1e-9, '0.3725 watts a gigabyte');
    const total = totalEnergy(parts);
    assert.ok(total.low < total.joules && total.joules < total.high);
  });

  it('measures the GPUs that the run uses, and shares those that others use too', async () => {
    const smi = (draw: string) =>
      parseGpuPower(
        `GPU-a, NVIDIA GeForce RTX 3090, ${draw}, 350.00\nGPU-b, NVIDIA GeForce RTX 3090, 300.00, 350.00\n`,
        `GPU-a, ${process.pid}\nGPU-a, 1\nGPU-b, 2\n`,
      );
    let draw = '100.00';
    const { state, begin } = machine({ readGpus: async () => smi(draw) });
    const meter = await begin();
    await meter.watchGpu(true);
    draw = '200.00';
    state.at = 10;
    const [gpu, ...others] = of(await meter.sample(), 'gpu');
    assert.deepEqual(others, []);
    assert.deepEqual([gpu?.provenance, gpu?.joules], ['measured', 750], 'half of 150 watts for 10 s');
  });

  it('estimates a GPU that does not say what it draws', async () => {
    const gpus = parseGpuPower('GPU-a, Tesla K80, [N/A], 149.00', '');
    const { state, begin } = machine({ readGpus: async () => gpus });
    const meter = await begin();
    await meter.watchGpu(true);
    state.at = 10;
    const [gpu] = of(await meter.sample(), 'gpu');
    assert.deepEqual([gpu?.provenance, gpu?.low, gpu?.high], ['estimated', 149, 1490]);
  });

  it('measures this very machine, or estimates it', async () => {
    const meter = await EnergyMeter.begin();
    const until = performance.now() + 300;
    while (performance.now() < until);
    const { joules, low, high } = totalEnergy(await meter.sample());
    assert.ok(joules > 0 && low <= joules && joules <= high, `${low} ${joules} ${high}`);
  });
});

describe('what is known of a machine', () => {
  it('is what its owner says, where that is a power', () => {
    assert.deepEqual(knownPower({ COMPUTE_LENS_PROCESSOR_WATTS: '65' }), { cpuWatts: 65 });
    for (const said of ['', '-5', 'much', 'Infinity', undefined])
      assert.deepEqual(knownPower({ COMPUTE_LENS_PROCESSOR_WATTS: said }), {});
  });

  it('is told by component, with what would make more readable', async () => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), 'lens-survey-'));
    try {
      const none = await surveyEnergy({}, root, () =>
        Promise.reject(Object.assign(new Error(), { code: 'ENOENT' })),
      );
      assert.deepEqual(
        none.components.map(({ component, provenance }) => [component, provenance]),
        [
          ['cpu', 'estimated'],
          ['memory', 'estimated'],
          ['gpu', 'absent'],
        ],
      );
      assert.match(
        none.components[0]?.advice.join('\n') ?? '',
        /no zone of a processor[^]*COMPUTE_LENS_PROCESSOR_WATTS/,
      );
      writeZone(root, 'intel-rapl:0', 'package-0', 0);
      const gpus = parseGpuPower('GPU-a, NVIDIA L4, 20.1, 72.00', '');
      const some = await surveyEnergy({}, root, () => Promise.resolve(gpus));
      assert.deepEqual(
        some.components.map(({ provenance, source }) => [provenance, source]),
        [
          ['measured', 'energy counters (RAPL): package-0'],
          ['estimated', '0.3725 W for each gigabyte in use'],
          ['measured', 'nvidia-smi: NVIDIA L4'],
        ],
      );
    } finally {
      fs.rmSync(root, { recursive: true, force: true });
    }
  });
});

describe('power of GPUs', () => {
  it('is integrated between readings, not over pauses', () => {
    const integral = new PowerIntegral();
    assert.equal(integral.read(100, 0), undefined);
    assert.equal(integral.read(300, 2), 400);
    assert.equal(integral.read(undefined, 4), undefined);
    assert.equal(integral.read(300, 6), 1200);
    assert.equal(integral.read(300, 1000), undefined, 'a machine that slept');
  });

  it('is less certain where the sensor sees a quarter of the time', () => {
    assert.equal(powerError({ name: 'NVIDIA A100-SXM4-40GB' }), 0.25);
    assert.equal(powerError({ name: 'NVIDIA H100 PCIe' }), 0.25);
    assert.equal(powerError({ name: 'NVIDIA GeForce RTX 3090' }), 0.05);
  });
});

describe('processor time', () => {
  it('of the machine is what is not idle', () => {
    // user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice: hundredths of a second
    const stat = 'cpu  2500 100 400 90000 500 0 20 7 0 0\ncpu0 1 2 3\n';
    assert.equal(parseBusySeconds(stat), 30.2);
    assert.equal(parseBusySeconds(''), undefined);
  });

  it('is shared by who was busy', () => {
    assert.equal(shareOf({ own: 1, machine: 10 }, { own: 3, machine: 14 }), 0.5);
    assert.equal(shareOf({ own: 1, machine: undefined }, { own: 3, machine: undefined }), 1);
    assert.equal(shareOf({ own: 0, machine: 0 }, { own: 1.01, machine: 1 }), 1, 'clocks of two kinds');
  });

  it('is read on this machine', async () => {
    const before = await readCpuTime();
    const until = performance.now() + 100;
    while (performance.now() < until);
    assert.ok((await readCpuTime()).own > before.own);
  });
});
