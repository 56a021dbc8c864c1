import assert from 'node:assert/strict';
import { carbonIntensity } from '../../../src/cost/carbon';
import { makeStatement } from '../../../src/report/statement';
import { statementLatex, statementMarkdown } from '../../../src/report/statementText';
import { cpu, run, start, step } from './runs';

const surroundings = { intensity: carbonIntensity('FRA'), pue: 1, prices: { currency: 'USD' } };
const ended = (joules: number, provenance?: 'estimated') => ({
  from: 0,
  to: 3600,
  outcome: 'finished' as const,
  events: [start(1), step(2, 1, 1e12)],
  energy: [cpu(joules, 3600, provenance)],
});
const result = (acc: number) => ({ result: { step: 1, epoch: 0, seconds: 3600, evaluation: { acc } } });

describe('compute statement', () => {
  const runs = [
    run('a', 'finished', [ended(3.6e6)], {
      ...result(0.9),
      params: { lr: 0.1, act: 'relu', units: 64 },
      seed: 1,
      plan: { parameters: 1000 },
    }),
    run('b', 'finished', [ended(3.6e6)], {
      ...result(0.8),
      params: { lr: 0.001, act: 'tanh', units: 64 },
      seed: 2,
      plan: { parameters: 2000 },
    }),
    run('c', 'failed', [{ ...ended(3.6e6, 'estimated'), outcome: 'failed' }], { name: '50%_off & more' }),
  ];
  const statement = makeStatement(runs, surroundings, ['2026-broken']);

  it('says what was searched, with which seeds and results', () => {
    const [digits, other] = statement.experiments;
    assert.deepEqual(digits?.searched, { lr: '0.001 to 0.1 (2 values)', act: 'relu, tanh' });
    assert.deepEqual(digits?.seeds, [1, 2]);
    assert.deepEqual(digits?.parameters, [1000, 2000]);
    const acc = digits?.results.acc;
    assert.ok(
      acc && Math.abs(acc.mean - 0.85) < 1e-12 && acc.low === 0.8 && acc.high === 0.9 && acc.runs === 2,
    );
    assert.deepEqual(other?.results, {}, 'a run that failed has no result');
  });

  it('names what is missing', () => {
    const said = statement.missing.join('\n');
    assert.match(said, /The energy of cpu is estimated/);
    assert.match(said, /2026-broken cannot be read/);
  });

  it('is a paragraph and a table that say the same', () => {
    const text = statementMarkdown(statement);
    for (const part of [
      /Some CPU \(8 threads, 16 GiB, linux x64; backends: wasm\)/,
      /3 runs in 3 attempts \(2 finished, 1 failed\)/,
      /They took 3 h \(measured: 3 h on wasm\), the longest run 1 h/,
      /3\.00e12 FLOPs of training/,
      /3 \(2\.5 to 3\.5\) kWh \(estimated\)/,
      // France in 2023: 56 g/kWh
      /France, mean of 2023: Our World in Data/,
      /\| all +\| +\| +3 \| +1 \| +3\.00 \|/,
      /acc 0\.85 \(0\.8 to 0\.9, 2 runs\)/,
    ])
      assert.match(text, part);
  });

  it('is LaTeX that holds names as they are', () => {
    const text = statementLatex(statement);
    assert.match(text, /50\\%\\_off \\& more/);
    assert.equal((text.match(/\\begin\{/g) ?? []).length, (text.match(/\\end\{/g) ?? []).length);
    const rows = text.split('\\midrule')[1]?.split('\\bottomrule')[0]?.trim().split('\n') ?? [];
    assert.equal(rows.length, 3);
    for (const row of rows) assert.equal(row.split(' & ').length, 9, row);
  });
});

describe('carbon intensity', () => {
  it("is that of a country, or the user's own number", () => {
    const france = carbonIntensity('fra');
    assert.deepEqual([france.gramsPerKwh.value, france.gramsPerKwh.low], [56, 42]);
    assert.match(france.source, /France.*2023.*Ember/);
    assert.deepEqual(carbonIntensity('123.5').gramsPerKwh, { low: 123.5, value: 123.5, high: 123.5 });
  });

  it('is that of the world, with wide bounds, where nothing is said', () => {
    const { low, value, high } = carbonIntensity().gramsPerKwh;
    assert.ok(low < 100 && value === 475 && high > 600);
  });

  it('says what it takes where it is given neither', () => {
    for (const place of ['Atlantis', '', 'DE', -5, NaN, 1e9])
      assert.throws(
        () => carbonIntensity(place),
        /carbon intensity is grams|country's code of three letters/,
      );
  });
});
