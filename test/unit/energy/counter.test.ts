import assert from 'node:assert/strict';
import { EnergyCounter } from '../../../src/energy/counter';

const range = 262_143_328_850;

describe('energy counter', () => {
  it('counts from its first reading on', () => {
    const counter = new EnergyCounter(range);
    assert.equal(counter.read(5_000_000, 0), undefined);
    assert.deepEqual(counter.read(65_000_000, 2), { joules: 60, seconds: 2 });
    assert.deepEqual(counter.read(65_000_000, 3), { joules: 0, seconds: 1 });
  });

  it('goes on over its end', () => {
    const counter = new EnergyCounter(range);
    counter.read(range - 10_000_000, 0);
    assert.deepEqual(counter.read(20_000_000, 1), { joules: 30, seconds: 1 });
  });

  it('makes no energy of a reading that fails', () => {
    const counter = new EnergyCounter(range);
    counter.read(10_000_000, 0);
    assert.equal(counter.read(undefined, 1), undefined);
    assert.deepEqual(counter.read(50_000_000, 2), { joules: 40, seconds: 2 }, 'nothing is lost either');
    assert.equal(counter.read(NaN, 3), undefined);
  });

  it('makes no full counter of one that was reset', () => {
    const counter = new EnergyCounter(range);
    counter.read(200_000_000_000, 0);
    assert.equal(counter.read(1_000_000, 1), undefined, '62,144 joules in a second would be 62 kilowatts');
    assert.deepEqual(counter.read(31_000_000, 2), { joules: 30, seconds: 1 });
  });

  it('says nothing of a pause in which it may have gone round unseen', () => {
    const counter = new EnergyCounter(65_532_610_987);
    counter.read(0, 0);
    assert.equal(counter.read(20_000_000_000, 600), undefined);
    assert.deepEqual(counter.read(20_050_000_000, 601), { joules: 50, seconds: 1 });
  });

  it('minds no clock that stands still', () => {
    const counter = new EnergyCounter(range);
    counter.read(0, 1);
    assert.equal(counter.read(1_000_000, 1), undefined);
  });
});
