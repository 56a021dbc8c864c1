import assert from 'node:assert/strict';
import {
  costPanelStateSchema,
  fromCostPanelSchema,
  parseMessage,
  toCostPanelSchema,
} from '../../../src/protocol/costPanel';

describe('messages of the cost panel', () => {
  const view = { asked: {}, file: 'a.ts', convention: 'mac2', traced: true, models: [], roofs: [] };
  const columns = { phase: [0], layer: [0], kernels: [1], flops: [1], bytesMoved: [1], heldBytes: [1] };
  const totals = Object.fromEntries(
    ['batch', 'params', 'trainableParams', 'forward', 'backward', 'optimizer', 'step', 'elementwise']
      .concat('bytesMoved', 'peakBytes')
      .map((name) => [name, 1]),
  );
  const shown = (timeline: object) => ({
    ...view,
    shown: {
      name: 'a',
      ownBatch: 1,
      canSetBatch: true,
      pending: false,
      totals,
      rows: [],
      notes: [],
      timeline: { layers: ['a'], phases: ['forward'], peak: 0, atPeak: [], ...timeline },
    },
  });

  it('to the page are views, whole or empty', () => {
    assert.ok(parseMessage(toCostPanelSchema, { type: 'view', id: 1, view }));
    assert.ok(parseMessage(toCostPanelSchema, { type: 'view', id: 1, view: shown(columns) }));
    for (const broken of [
      { ...columns, flops: [1, 2] },
      { ...columns, heldBytes: [NaN] },
    ])
      assert.equal(parseMessage(toCostPanelSchema, { type: 'view', id: 1, view: shown(broken) }), undefined);
    assert.equal(parseMessage(toCostPanelSchema, { type: 'view', id: 1, view: { file: 'a' } }), undefined);
  });

  it('from the page ask for batch sizes and sparsities that there are', () => {
    const ask = (whatIf: object) => parseMessage(fromCostPanelSchema, { type: 'whatIf', whatIf });
    assert.ok(ask({ batch: 64, sparsity: 0.9, distribution: 'erk' }));
    assert.ok(ask({}));
    for (const whatIf of [{ batch: 0 }, { batch: 1.5 }, { batch: 1e9 }, { sparsity: 1 }, { sparsity: -0.1 }])
      assert.equal(ask(whatIf), undefined, JSON.stringify(whatIf));
    assert.equal(parseMessage(fromCostPanelSchema, { type: 'export', format: 'exe' }), undefined);
    assert.equal(parseMessage(fromCostPanelSchema, { type: 'run' }), undefined);
  });

  it('keep of a panel what brings it back, and nothing that is broken', () => {
    const state = { file: '/w/a.ts', comparison: 'head', sort: { column: 'all', descending: true } };
    assert.deepEqual(parseMessage(costPanelStateSchema, state), state);
    assert.equal(parseMessage(costPanelStateSchema, { ...state, sort: { column: 'x' } }), undefined);
    assert.equal(parseMessage(costPanelStateSchema, {}), undefined);
  });
});
