import assert from 'node:assert/strict';
import {
  experimentFileName,
  experimentTemplate,
  isExperimentFile,
  isScriptFile,
  nameProblem,
} from '../../../src/editor/experimentFiles';

describe('files of experiments', () => {
  it('are told by their names', () => {
    for (const name of ['a.experiment.ts', '/w/a.experiment.js', 'a.b.experiment.mts', 'a.experiment.mjs'])
      assert.equal(isExperimentFile(name), true, name);
    for (const name of ['experiment.ts', 'a.experiment.py', 'a.experiment.ts.bak', 'a.experiment.d.ts', ''])
      assert.equal(isExperimentFile(name), false, name);
  });

  it('are scripts as others are, and declarations are none', () => {
    for (const name of ['a.ts', 'a.js', 'a.cts', 'a.cjs', 'a.mts', 'a.mjs', 'a.experiment.ts'])
      assert.equal(isScriptFile(name), true, name);
    for (const name of ['a.d.ts', 'a.d.mts', 'a.tsx', 'a.json', 'ts', 'a.py'])
      assert.equal(isScriptFile(name), false, name);
  });

  it('get their whole name from as much of it as was typed', () => {
    for (const typed of ['mnist', ' mnist ', 'mnist.experiment', 'mnist.ts', 'mnist.experiment.ts'])
      assert.equal(experimentFileName(typed), 'mnist.experiment.ts', typed);
    assert.equal(experimentFileName('resnet-18.v2'), 'resnet-18.v2.experiment.ts');
  });

  it('stay in their folder and do not overwrite', () => {
    const none = () => false;
    for (const name of ['mnist', ' mnist ', 'Größe', 'a-b_c.2'])
      assert.equal(nameProblem(name, none), undefined, name);
    for (const name of ['', '  ', '../up', 'a/b', 'a\\b', '-a', '.hidden', 'a b', "a'b", 'a:b'])
      assert.equal(typeof nameProblem(name, none), 'string', name);
    assert.match(nameProblem('mnist', (file) => file === 'mnist.experiment.ts') ?? '', /is there already/);
  });

  it('begin as a whole experiment that carries its name', () => {
    assert.match(experimentTemplate('mnist'), /name: 'mnist'/);
  });
});
