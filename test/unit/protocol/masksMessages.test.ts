import assert from 'node:assert/strict';
import {
  fromMasksPanelSchema,
  masksPanelStateSchema,
  parseMessage,
  toMasksPanelSchema,
} from '../../../src/protocol/masksPanel';

const run = { directory: '/w/a', name: 'mlp', id: 'a', status: 'running', step: 100 };

describe('messages of the masks panel', () => {
  it('from a webview are only those that there are', () => {
    for (const message of [
      { type: 'ready' },
      { type: 'ready', other: '/w/b' },
      { type: 'acknowledge', id: 3 },
      { type: 'ask', parts: [{ side: 0, frame: 2, weight: 0 }] },
      { type: 'magnitudes', side: 1, weight: 2 },
      { type: 'compare' },
      { type: 'endComparison' },
      { type: 'openLayer', side: 0, weight: 1 },
      { type: 'openRun', side: 1 },
    ])
      assert.deepEqual(parseMessage(fromMasksPanelSchema, message), message);
    for (const foreign of [
      null,
      {},
      { type: 'delete' },
      { type: 'ready', other: 3 },
      { type: 'ask', parts: [{ side: 2, frame: 0, weight: 0 }] },
      { type: 'ask', parts: [{ side: 0, frame: -1, weight: 0 }] },
      { type: 'ask', parts: Array.from({ length: 1000 }, () => ({ side: 0, frame: 0, weight: 0 })) },
      { type: 'openLayer', side: 0, weight: 1.5 },
    ])
      assert.equal(parseMessage(fromMasksPanelSchema, foreign), undefined, JSON.stringify(foreign));
  });

  it('to a webview carry masks and figures as typed arrays that fit', () => {
    const weights = [{ name: 'a/kernel', layer: 'a', kind: 'dense', shape: [2, 3], hasSite: false }];
    const follows = Uint8Array.of(0, 1);
    const frames = { steps: Float64Array.of(0, 100), figures: new Uint32Array(10), follows };
    assert.ok(parseMessage(toMasksPanelSchema, { type: 'hydrate', id: 1, side: 0, run, weights, frames }));
    for (const broken of [
      { ...frames, steps: [0, 100] },
      { ...frames, figures: new Uint32Array(9) },
      { ...frames, follows: Uint8Array.of(0) },
      { steps: new Float64Array(), figures: new Uint32Array(5), follows: new Uint8Array() },
    ])
      assert.equal(
        parseMessage(toMasksPanelSchema, { type: 'append', id: 1, side: 0, run, frames: broken }),
        undefined,
      );
    const parts = (words: unknown) => [{ frame: 0, weight: 0, links: [{ form: 0, ones: 1, words }] }];
    const message = { type: 'parts', id: 1, side: 0, parts: parts(Uint32Array.of(1)) };
    assert.ok(parseMessage(toMasksPanelSchema, message));
    assert.equal(parseMessage(toMasksPanelSchema, { ...message, parts: parts([1]) }), undefined);
  });

  it('keep of a panel what brings it back, and nothing that is broken', () => {
    const state = { runDirectory: '/w/a', other: '/w/b', weight: 'a/kernel', step: 100, mode: 'mask' };
    assert.deepEqual(parseMessage(masksPanelStateSchema, state), state);
    assert.equal(parseMessage(masksPanelStateSchema, { ...state, mode: 'all' }), undefined);
    assert.equal(parseMessage(masksPanelStateSchema, { step: 1 }), undefined);
  });
});
