import assert from 'node:assert/strict';
import path from 'node:path';
import type { Ledger } from '../../../src/report/ledger';
import { totalEnergy, type EnergyPart } from '../../../src/runs/energy';
import { readUsage } from '../../../src/runs/readUsage';
import { eventsOf, finished, readRun, TestWorkspace, tinyExperiment, until } from './workspace';

describe('energy of a run', function () {
  this.timeout(120_000);
  let work: TestWorkspace;
  beforeEach(() => (work = new TestWorkspace()));
  afterEach(() => work.remove());

  it('is recorded with its provenance, and told at the end', async () => {
    work.write('tiny.experiment.ts', tinyExperiment());
    const ran = await work.run(['run', 'tiny.experiment.ts', '--backend', 'wasm']);
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    const [attempt] = readRun(work.lastRun()).attempts;
    const parts = attempt?.energy ?? [];
    assert.deepEqual([...new Set(parts.map(({ component }) => component))], ['cpu', 'memory']);
    const { joules, low, high } = totalEnergy(parts);
    assert.ok(joules > 0 && low <= joules && joules <= high);
    assert.deepEqual(eventsOf(work.lastRun(), 'energy').at(-1)?.parts, parts);
    const wall = (Date.parse(attempt?.endedAt ?? '') - Date.parse(attempt?.startedAt ?? '')) / 1000;
    const told = parts.find(({ component }) => component === 'cpu')?.seconds ?? 0;
    assert.ok(told > 0.5 * wall && told < wall + 1, `${told} s of ${wall} s`);
    assert.match(ran.stdout, /energy +[\d.]+ k?J (measured|estimated)/);
  });

  it('of an attempt that was killed stays, and is added to that of the next', async () => {
    const slowly = 'checkpointEvery: 10, stopWhen: () => process.env.SLOW && pause(),';
    work.write('tiny.experiment.ts', tinyExperiment(slowly) + pause);
    const child = work.spawn(['run', 'tiny.experiment.ts', '--backend', 'wasm'], { SLOW: '1' });
    await until(() => work.runs().length > 0 && eventsOf(work.lastRun(), 'energy').length > 1, 'two samples');
    const run = work.lastRun();
    await until(() => eventsOf(run, 'checkpoint').length > 0, 'a checkpoint');
    await until(() => eventsOf(run, 'step').length % 10 > 3, 'steps after it');
    process.kill(readRun(run).attempts[0]?.pid ?? 0, 'SIGKILL');
    await finished(child);
    const killed = eventsOf(run, 'energy').at(-1)?.parts ?? [];
    const resumed = await work.run(['run', '--resume', path.basename(run)]);
    assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
    const second = readRun(run).attempts[1]?.energy ?? [];
    const usage = await readUsage(run, readRun(run), 'finished', Date.now());
    const energy = usage.flatMap((attempt) => attempt.energy);
    const joules = (parts: readonly EnergyPart[]) => totalEnergy(parts).joules;
    assert.ok(joules(killed) > 0 && joules(second) > 0);
    assert.ok(Math.abs(joules(energy) - joules(killed) - joules(second)) < 1e-9);

    const reported = await work.run(['report', '--format', 'json', '--place', '100']);
    assert.equal(reported.code, 0, reported.stderr);
    const { total } = JSON.parse(reported.stdout) as { total: Ledger };
    const steps = eventsOf(run, 'step');
    const each = (steps[1]?.flops ?? NaN) - (steps[0]?.flops ?? NaN);
    assert.ok(steps.length > 64, `${steps.length} steps: those after the checkpoint were done twice`);
    assert.equal(total.steps, steps.length);
    assert.equal(total.trainingFlops, steps.length * each);
    assert.ok(Math.abs(total.energy.joules.value - joules(energy)) < 1e-9);
    assert.ok(Math.abs(total.gramsCO2e.value - joules(energy) / 36_000) < 1e-9, '100 g a kWh');
  });
});

/** Busy for a while at every step. */
const pause = `
function pause() {
  const until = performance.now() + 60;
  while (performance.now() < until);
  return false;
}
`;
