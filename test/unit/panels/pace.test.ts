import assert from 'node:assert/strict';
import { Pace } from '../../../src/panels/pace';

describe('the pace of a run', () => {
  it('says nothing until there is something to measure', () => {
    const pace = new Pace();
    assert.equal(pace.remaining(100), undefined);
    pace.add(1, 1000, 1);
    assert.equal(pace.remaining(100), undefined);
  });

  it('of equal steps is known exactly', () => {
    const pace = new Pace();
    for (let step = 1; step <= 50; step++) pace.add(step, step * 20, 1);
    assert.deepEqual(pace.remaining(100), [2, 2]);
  });

  it('counts pauses between steps, as for evaluations', () => {
    const pace = new Pace();
    for (let step = 1; step <= 400; step++) pace.add(step, step * 10 + Math.floor(step / 100) * 1000, 1);
    const [low, high] = pace.remaining(1000) ?? [NaN, NaN];
    // 399 steps took 3,990 ms and four pauses of 1,000 ms: 20 ms a step.
    assert.ok(low <= 20 && high >= 20, `${low} to ${high} s`);
  });

  it('brackets what an uneven run then takes', () => {
    const pace = new Pace();
    let time = 0;
    for (let step = 1; step <= 300; step++) pace.add(step, (time += step % 3 === 0 ? 40 : 10), 1);
    const [low, high] = pace.remaining(300) ?? [NaN, NaN];
    assert.ok(low <= 6 && high >= 6, `${low} to ${high} s for 6 s`);
    assert.ok(high < 12);
  });

  it('starts anew with each attempt: the time in between is nobody’s', () => {
    const pace = new Pace();
    for (let step = 1; step <= 50; step++) pace.add(step, step * 20, 1);
    for (let step = 40; step <= 90; step++) pace.add(step, 1e9 + step * 5, 2);
    assert.deepEqual(pace.remaining(200), [1, 1]);
  });
});
