import assert from 'node:assert/strict';
import {
  comparedFigures,
  formatGrams,
  formatJoules,
  formatSpread,
} from '../../../src/protocol/formatPrediction';

describe('predicted figures beside measured ones', () => {
  const stepSeconds = { p5: 0.036, p50: 0.041, p95: 0.047 };

  it('say which is predicted, measured or estimated', () => {
    const rows = comparedFigures(
      {
        stepSeconds,
        runSeconds: { p5: 36, p50: 41, p95: 47 },
        joules: { p5: 100, p50: 300, p95: 1200 },
        gCO2e: { p5: 0.01, p50: 0.04, p95: 0.2 },
        cost: { p5: 1e-5, p50: 3e-5, p95: 1e-4, currency: 'EUR' },
      },
      {
        stepSeconds: 0.044,
        trainingSeconds: 12.3,
        energy: { joules: 340, low: 120, high: 1300, provenance: 'estimated' },
        gCO2e: { low: 0.01, value: 0.05, high: 0.2 },
        cost: { low: 1e-5, value: 2e-5, high: 4e-5 },
      },
    );
    assert.deepEqual(
      rows.map(({ name, predicted, used }) => [name, predicted, used]),
      [
        ['step', '41 ms (36–47 ms)', 'measured 44 ms'],
        ['training', '41 s (36–47 s)', 'measured 12 s'],
        ['energy', '300 J (100 J–1.2 kJ)', 'estimated 340 J (120 J–1.3 kJ)'],
        ['CO2e', '40 mg (10 mg–0.2 g)', 'predicted from energy 50 mg (10 mg–0.2 g)'],
        ['cost', '<0.0001 EUR (<0.0001–0.0001 EUR)', 'predicted from energy <0.0001 EUR'],
      ],
    );
  });

  it('leave out what is not known', () => {
    assert.deepEqual(comparedFigures({ stepSeconds }), [{ name: 'step', predicted: '41 ms (36–47 ms)' }]);
  });

  it('have units that fit', () => {
    assert.deepEqual(
      [formatGrams(0), formatGrams(1e-6), formatGrams(0.00123), formatGrams(12.34), formatGrams(1234)],
      ['0 g', '<0.01 mg', '1.23 mg', '12.3 g', '1.23 kg'],
    );
    assert.equal(formatJoules(1234567), '1.23 MJ');
    assert.equal(formatSpread({ p5: 3, p50: 3, p95: 3 }, String), '3');
  });
});
