import assert from 'node:assert/strict';
import { hoverText } from '../../../src/editor/cost/hoverText';
import { lensText, type LensStyle } from '../../../src/editor/cost/lensText';
import { isModelFile, isSavedModel } from '../../../src/editor/cost/modelFile';
import type { ShownLine } from '../../../src/editor/cost/traceBook';
import { line, model, work } from './costFixtures';

const file = '/work/net.ts';
const style: LensStyle = {
  convention: 'mac2',
  layerFields: ['params', 'forward', 'activations', 'share'],
  modelFields: ['params', 'forward', 'step', 'peak', 'training'],
  callLines: true,
};
const layer = line(file, 4, 1_200_000, { activationBytes: 3_100_000 });
const whole = model('net', file, 3, [layer, line(file, 5, 5_467_000)]);
const shown: ShownLine = { line: 4, cost: layer, model: whole, entry: file, stale: undefined };

describe('the text of a lens', () => {
  it('is short: weights, forward FLOPs, activations, share of a step', () => {
    assert.equal(lensText(shown, style), '1.2 M params | 2.4 MFLOPs | 3.1 MB | 18 %');
  });
  it('names the model and what a step of it takes', () => {
    assert.equal(
      lensText({ ...shown, cost: undefined }, style),
      'net: 6.67 M params | 13.3 MFLOPs | step 40 MFLOPs | peak 1.0 kB',
    );
  });
  it('has the fields that were asked for, in their order, in the unit that was asked for', () => {
    const asked = {
      ...style,
      convention: 'mac' as const,
      layerFields: ['shape', 'backward', 'forward', 'nonsense'],
    };
    assert.equal(lensText(shown, asked), '1×10 | backward 2.4 MMACs | 1.2 MMACs');
  });
  it('leaves out what is nothing', () => {
    const flat = line(file, 4, 0);
    assert.equal(lensText({ ...shown, cost: flat }, style), '40 B | 0 %');
  });
  it('says when kernels are in none of the figures', () => {
    const uncovered = work(100);
    uncovered.forward.uncovered.TopK = 2;
    const cost = line(file, 4, 100, { work: uncovered });
    assert.match(lensText({ ...shown, cost }, style), / \| \+ 2 uncovered kernels$/);
  });
  it('says how dense the layers of a line are in a run that trains them', () => {
    const text = lensText(shown, style, { active: 9052, size: 235_200 });
    assert.equal(text, '1.2 M params | 2.4 MFLOPs | 3.1 MB | 18 % | 3.8 % active');
  });

  it('says how many layers a line makes, and when its figures are stale', () => {
    const cost = line(file, 4, 100, { layers: ['a', 'b', 'c'] });
    assert.match(lensText({ ...shown, cost, stale: 'why' }, style), /^3 layers: .* · stale$/);
  });
  it('adds up the training that an experiment asks for, its shorter last steps included', () => {
    const plan = { epochs: 2, stepsPerEpoch: 10, lastStep: { batch: 1, work: work(1_000_000) } };
    const text = lensText({ ...shown, cost: undefined, model: { ...whole, plan } }, style);
    // Two epochs of nine steps of 6 * 6,667,000 and one of 6 * 1,000,000.
    assert.match(text, / \| training 732 MFLOPs$/);
  });
});

describe('the text of a hover', () => {
  it('splits a line into forward, backward and optimizer, and says how it was counted', () => {
    const text = hoverText(shown, 'mac2');
    assert.match(text, /\*\*layer4\*\*/);
    assert.match(text, /\| FLOPs +\| 2\.4 MFLOPs \| 4\.8 MFLOPs \|/);
    assert.match(text, /1,200,000 parameters/);
    assert.match(text, /output 1×10, activations 3\.1 MB/);
    assert.match(text, /18 % of a training step of net/);
    assert.match(text, /Counted from shapes at batch size 1 \(two FLOPs a MAC\), as net\.ts has it\./);
  });
  it('does not let a message be read as Markdown', () => {
    assert.match(hoverText({ ...shown, stale: 'Expected "<b>" [x](y)' }, 'mac2'), /\\<b\\>" \\\[x\\\]/);
  });
});

describe('a file that may cost something', () => {
  it('imports TensorFlow.js or this package', () => {
    for (const text of [
      `import * as tf from '@tensorflow/tfjs';`,
      `import{layers}from"@tensorflow/tfjs-layers"`,
      `const tf = require('@tensorflow/tfjs-node-gpu');`,
      `const tf = await import('@tensorflow/tfjs');`,
      `import { defineExperiment } from 'compute-lens';`,
    ])
      assert.ok(isModelFile('typescript', text), text);
  });
  it('is no other file', () => {
    assert.ok(!isModelFile('typescript', `import react from 'react';`));
    assert.ok(!isModelFile('python', `import * as tf from '@tensorflow/tfjs';`));
  });
  it('or is a saved model, by what it holds', () => {
    assert.ok(isSavedModel('/a/model.json', '{"format":"layers-model","modelTopology":{}}'));
    assert.ok(!isSavedModel('/a/package.json', '{"name":"x"}'));
  });
});
