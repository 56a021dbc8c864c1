import assert from 'node:assert/strict';
import path from 'node:path';
import { eventsOf, readRun, TestWorkspace, tinyExperiment } from './workspace';

/** Runs that would go on for minutes, and may not. */
describe('budget of a run', function () {
  this.timeout(120_000);
  let work: TestWorkspace;
  beforeEach(() => (work = new TestWorkspace()));
  afterEach(() => work.remove());

  const long = (budget: string) => tinyExperiment(budget).replace('epochs: 2', 'epochs: 100_000');

  async function stops(budget: string, options: readonly string[] = []) {
    work.write('tiny.experiment.ts', long(budget));
    const ran = await work.run(['run', 'tiny.experiment.ts', '--backend', 'wasm', ...options]);
    const run = work.lastRun();
    assert.equal(ran.code, 3, ran.stdout + ran.stderr);
    assert.equal(readRun(run).status, 'stopped');
    const end = eventsOf(run, 'end').at(-1);
    assert.equal(eventsOf(run, 'checkpoint').at(-1)?.step, end?.step, 'its last step is in a checkpoint');
    assert.match(ran.stdout, /because +The budget is spent/);
    return { run, message: end?.message ?? '', step: end?.step ?? 0 };
  }

  it('in FLOPs is counted: it ends after the step that reaches it', async () => {
    const { run, message, step } = await stops('budget: { flops: 2e8 }, checkpointEvery: 50,');
    const counted = eventsOf(run, 'step').map(({ flops }) => flops ?? 0);
    const evaluated = eventsOf(run, 'eval').reduce((sum, { flops }) => sum + (flops ?? 0), 0);
    assert.ok((counted.at(-1) ?? 0) + evaluated >= 2e8);
    const each = (counted[1] ?? 0) - (counted[0] ?? 0);
    const evaluation = eventsOf(run, 'eval')[0]?.flops ?? 0;
    assert.ok((counted.at(-1) ?? 0) + evaluated < 2e8 + each + evaluation, 'no step more');
    assert.match(message, /of 2\.00e\+8 FLOPs \(counted\).*larger budget\.flops/);
    assert.ok(step > 10);
  });

  it('in minutes is of all attempts together, and a larger one lets the run go on', async () => {
    const { run, message } = await stops('', ['--budget', 'minutes=0.05']);
    assert.match(message, /minutes \(measured\).*larger budget\.minutes/);
    const id = path.basename(run);
    const again = await work.run(['run', '--resume', id]);
    assert.equal(again.code, 3);
    assert.equal(eventsOf(run, 'end').length, 2);
    assert.equal(eventsOf(run, 'end')[1]?.step, eventsOf(run, 'end')[0]?.step, 'not a step more');
    const more = await work.run(['run', '--resume', id, '--budget', 'minutes=0.15']);
    assert.equal(more.code, 3);
    assert.ok((eventsOf(run, 'end')[2]?.step ?? 0) > (eventsOf(run, 'end')[1]?.step ?? 0));
    const [attempts, of] = [readRun(run).attempts, (text = '') => Date.parse(text) / 60_000];
    const minutes = attempts.reduce((sum, { startedAt, endedAt }) => sum + of(endedAt) - of(startedAt), 0);
    assert.ok(minutes > 0.15 && minutes < 0.3, `${minutes} minutes`);
  });

  it('in joules is of what the run used', async () => {
    const { run, message } = await stops('budget: { joules: 10 },');
    const joules = readRun(run).attempts[0]?.energy?.reduce((sum, part) => sum + part.joules, 0) ?? 0;
    assert.ok(joules > 7 && joules < 20, `${joules} J`);
    assert.match(message, /of 10\.0 joules/);
  });

  it('in grams of CO2e follows from the place of the machine', async () => {
    // 10 J at 360 g/kWh are a milligram.
    const { run, message } = await stops('budget: { gCO2e: 1e-3 },', ['--place', '360']);
    const joules = readRun(run).attempts[0]?.energy?.reduce((sum, part) => sum + part.joules, 0) ?? 0;
    assert.ok(joules > 7 && joules < 20, `${joules} J`);
    assert.match(message, /g of CO2e \(predicted from energy\)/);
  });

  it('in money follows from prices, and is refused without any', async () => {
    const { message } = await stops('budget: { cost: 1e-6 },', ['--price-per-kwh', '0.36']);
    assert.match(message, /of cost \(predicted\)/);
    const refused = await work.run(['run', 'tiny.experiment.ts', '--backend', 'wasm']);
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /names a cost, but there is no price/);
  });

  it('in memory is of the process', async () => {
    const { message, step } = await stops('budget: { memoryBytes: 1e6 },');
    assert.match(message, /of 1 MB of memory \(measured\)/);
    assert.equal(step, 0);
  });

  it('is the narrower of the experiment and of the command line', async () => {
    const { run } = await stops('budget: { flops: 1e8, minutes: 100 },', ['--budget', 'flops=1e15']);
    assert.deepEqual(readRun(run).plan?.budget, { flops: 1e8, minutes: 100 });
  });

  it('is refused where it is no budget, before anything runs', async () => {
    for (const [budget, said] of [
      ['{ hours: 3 }', /"budget\.hours" is not a field|hours/],
      ['{ minutes: -1 }', /a number above 0/],
    ] as const) {
      work.write('tiny.experiment.ts', long(`budget: ${budget},`));
      const ran = await work.run(['run', 'tiny.experiment.ts', '--backend', 'wasm']);
      assert.equal(ran.code, 1);
      assert.match(ran.stdout, said);
    }
    for (const given of ['minutes', 'minutes=', 'minutes=0', 'hours=3'])
      assert.equal((await work.run(['run', 'tiny.experiment.ts', '--budget', given])).code, 2);
    assert.equal((await work.run(['run', 'tiny.experiment.ts', '--place', 'Atlantis'])).code, 2);
  });
});
