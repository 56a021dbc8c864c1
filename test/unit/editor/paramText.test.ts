import assert from 'node:assert/strict';
import {
  parseAssignment,
  parseParam,
  parseSeed,
  parseSeeds,
  parseValues,
} from '../../../src/editor/paramText';

describe('what is typed for a parameter', () => {
  it('is a number where the default is one', () => {
    for (const [text, value] of [
      ['0.001', 0.001],
      [' 3e-4 ', 0.0003],
      ['-2', -2],
      ['0', 0],
    ] as const)
      assert.deepEqual(parseParam(text, 1), { value });
    for (const text of ['', ' ', 'fast', '1,5', '1e999', 'NaN', 'Infinity', '3e'])
      assert.ok('problem' in parseParam(text, 1), text);
  });

  it('is true or false where the default is', () => {
    assert.deepEqual(parseParam('true', false), { value: true });
    assert.deepEqual(parseParam(' false ', true), { value: false });
    for (const text of ['', '1', 'yes', 'True']) assert.ok('problem' in parseParam(text, false), text);
  });

  it('is itself where the default is a text', () => {
    for (const text of ['', ' a ', '3', 'true']) assert.deepEqual(parseParam(text, 'x'), { value: text });
  });

  it('is a seed only as a whole number below 2^31', () => {
    assert.deepEqual(parseSeed(' 0 '), { value: 0 });
    assert.deepEqual(parseSeed('2147483647'), { value: 2147483647 });
    for (const text of ['', '-1', '1.5', '1e3', '2147483648', 'x'])
      assert.ok('problem' in parseSeed(text), text);
  });

  it('is several values where it is several words, each once', () => {
    for (const text of ['0.1 0.01', ' 0.1,  0.01 ', '0.1;0.01', '0.1 0.01 0.1'])
      assert.deepEqual(parseValues(text, 1), { values: [0.1, 0.01] }, text);
    assert.deepEqual(parseValues('true false', false), { values: [true, false] });
    assert.deepEqual(parseValues('a b, c', 'x'), { values: ['a b, c'] });
    for (const text of ['', '1,5', '0.1 fast', '0.1,,0.2'])
      assert.ok('problem' in parseValues(text, 1), text);
  });

  it('is several seeds as words or as a range', () => {
    assert.deepEqual(parseSeeds('0 1 2'), { values: [0, 1, 2] });
    assert.deepEqual(parseSeeds('3-5, 9'), { values: [3, 4, 5, 9] });
    for (const text of ['', '5-3', '0-99999', '-1', '1-', '0.5 1'])
      assert.ok('problem' in parseSeeds(text), text);
  });

  it('is told from a search by its equals sign', () => {
    assert.deepEqual(parseAssignment('lr=3e-4'), { name: 'lr', text: '3e-4' });
    assert.deepEqual(parseAssignment(' lr = 3e-4 '), { name: 'lr', text: '3e-4' });
    assert.deepEqual(parseAssignment('path=a=b'), { name: 'path', text: 'a=b' });
    assert.deepEqual(parseAssignment('lr='), { name: 'lr', text: '' });
    for (const text of ['', 'lr', '=3', 'two words=3']) assert.equal(parseAssignment(text), undefined, text);
  });
});
