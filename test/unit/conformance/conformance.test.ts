import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { softwareGpu } from '../../harness/softwareGpu';
import { loadTensorflow } from '../trace/tensorflow';
import { cases, sampleOf } from './cases';
import type { Outcomes } from './outcome';
import { backends, outcomesOn, prepared, proofs } from './run';
import { isProven, parse, verdicts } from './table';

const documented = () =>
  parse(fs.readFileSync(path.resolve(__dirname, '../../../../docs/conformance.md'), 'utf8'));

/** A software adapter compiles each kernel for seconds: all cases take it four minutes. */
const everyOnWebgpu = 3;

describe('conformance', function () {
  this.timeout(10 * 60_000);
  let cpu: Outcomes | undefined;

  for (const backend of backends)
    it(`of ${backend} is what docs/conformance.md says (else: npm run conformance)`, async function () {
      if (backend === 'webgpu') softwareGpu(this);
      if (!prepared(backend)) {
        console.log(`      NOT RUN: there is no tfjs-node here (TFJS_NODE_MODULES names none)`);
        this.skip();
      }
      const every = backend === 'webgpu' ? everyOnWebgpu : 1;
      if (every > 1)
        console.log(
          `      NOTE: one case in ${every} is trained on ${backend}; npm run conformance trains all`,
        );
      const outcomes = await outcomesOn(backend, every);
      if (backend === 'cpu') cpu = outcomes;
      assert.ok(outcomes && cpu);
      const names = new Set(sampleOf(every).map(({ name }) => name));
      const sampled = (all: Iterable<readonly [string, unknown]>) =>
        Object.fromEntries([...all].filter(([name]) => names.has(name)));
      const documentedHere = sampled(documented().get(backend) ?? []);
      assert.equal(Object.keys(documentedHere).length, names.size);
      assert.deepEqual(documentedHere, sampled(verdicts(outcomes, cpu)));
    });

  it('has gradients on cpu that differences of the loss prove in float64', () => {
    const proven = proofs();
    const failures = cases
      .filter(({ name, refused }) => !refused && !isProven(proven.get(name)))
      .map(({ name }) => `${name}: ${JSON.stringify(proven.get(name))}`);
    assert.deepEqual(failures, []);
  });

  it('is of different cases', () => {
    assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length);
    assert.equal(documented().get('cpu')?.size, cases.length);
  });

  it('covers every layer, loss, metric, optimizer, regularizer, constraint and initializer', () => {
    const tf = loadTensorflow();
    const text = fs.readFileSync(
      path.resolve(__dirname, '../../../../test/unit/conformance/cases.ts'),
      'utf8',
    );
    const { layers, losses, metrics, train, regularizers, constraints, initializers } = tf;
    const all = { layers, losses, metrics, train, regularizers, constraints, initializers };
    const missing = Object.entries(all).flatMap(([group, members]) =>
      Object.keys(members)
        .filter((name) => !elsewhere.has(name) && !/^[A-Z]/.test(name))
        .filter((name) => !new RegExp(`\\b${name}\\b`).test(text))
        .map((name) => `tf.${group}.${name}`),
    );
    assert.deepEqual(missing, []);
  });
});

/** Other names of what is covered, parts of what is, and what trains nothing. */
const elsewhere = new Set([
  ...['avgPool1d', 'avgPool2d', 'avgPool3d', 'avgPooling1d', 'avgPooling2d', 'avgPooling3d'],
  ...['maxPool1d', 'maxPool2d', 'globalMaxPool1d', 'globalMaxPool2d', 'mape'],
  ...['convLstm2dCell', 'stackedRNNCells', 'inputLayer', 'computeWeightedLoss'],
]);
