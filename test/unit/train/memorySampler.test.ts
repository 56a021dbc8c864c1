import assert from 'node:assert/strict';
import { MemorySampler } from '../../../src/train/memorySampler';

describe('how often the memory of a training is told', () => {
  it('is at its first step, soon after, and then seldom', () => {
    let now = 0;
    const told: number[] = [];
    const sampler = new MemorySampler(
      () => told.push(now),
      () => now,
    );
    for (; now < 60_000; now += 100) sampler.look();
    assert.deepEqual(told, [0, 1000, 3000, 7000, 15_000, 25_000, 35_000, 45_000, 55_000]);
  });

  it('is what this process holds', () => {
    const told: number[] = [];
    new MemorySampler((bytes) => told.push(bytes)).look();
    assert.ok(told.length === 1 && (told[0] ?? 0) > 10e6 && (told[0] ?? 0) < 10e9, String(told));
  });
});
