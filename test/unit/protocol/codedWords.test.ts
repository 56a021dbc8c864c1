import assert from 'node:assert/strict';
import { decodeWords, encodeWords } from '../../../src/protocol/codedWords';
import { packMask } from '../../../src/runs/masks';
import { evolved, randomMask, randomOf } from '../runs/maskFixtures';

describe('bits for a message', () => {
  const random = randomOf(6);
  it('are what they were, at any size and density, on their own and told by what differs', () => {
    for (const size of [0, 1, 32, 33, 1000, 5000])
      for (const density of [0, 0.001, 0.1, 0.5, 1]) {
        const mask = randomMask(size, density, random);
        const [words, base] = [packMask(mask), packMask(evolved(mask, 0.2, random))];
        assert.deepEqual(decodeWords(encodeWords(words), words.length), words);
        assert.deepEqual(decodeWords(encodeWords(words, base), words.length, base), words);
        assert.ok(encodeWords(words).bytes.length <= words.byteLength);
      }
  });

  it('are a byte each where few change', () => {
    const mask = randomMask(320_000, 0.1, random);
    const changed = encodeWords(packMask(evolved(mask, 0.1, random)), packMask(mask));
    assert.equal(changed.form, 'gaps');
    assert.ok(changed.bytes.length < 0.021 * 320_000 * 1.4, String(changed.bytes.length));
  });

  it('that are not of so many words are refused', () => {
    const words = packMask(randomMask(1000, 0.05, random));
    const coded = encodeWords(words);
    assert.equal(decodeWords(coded, 3), undefined);
    assert.equal(decodeWords({ form: 'gaps', bytes: Uint8Array.of(128) }, 40), undefined);
    assert.equal(decodeWords({ form: 'bits', bytes: new Uint8Array(8) }, 40), undefined);
    assert.equal(decodeWords(coded, words.length, new Uint32Array(2)), undefined);
  });
});
