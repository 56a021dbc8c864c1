import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { experimentTemplate } from '../../../src/editor/experimentFiles';
import { provideTypes } from '../../../src/editor/experimentTypes';
import { freshFolder } from '../runs/runFolder';

const types = path.resolve(__dirname, '../../../../dist/types');

/** What the language service of an editor says of a file that no tsconfig.json is for. */
function diagnose(file: string): string[] {
  const options: ts.CompilerOptions = {
    strict: true,
    allowJs: true,
    checkJs: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    skipLibCheck: true,
    types: [],
  };
  const host: ts.LanguageServiceHost = {
    fileExists: (name) => ts.sys.fileExists(name),
    readFile: (name) => ts.sys.readFile(name),
    directoryExists: (name) => ts.sys.directoryExists(name),
    realpath: (name) => ts.sys.realpath?.(name) ?? name,
    getCompilationSettings: () => options,
    getScriptFileNames: () => [file],
    getScriptVersion: () => '1',
    getScriptSnapshot: (name) => {
      const text = ts.sys.readFile(name);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => path.dirname(file),
    getDefaultLibFileName: (given) => ts.getDefaultLibFilePath(given),
  };
  const service = ts.createLanguageService(host);
  const all = [...service.getSyntacticDiagnostics(file), ...service.getSemanticDiagnostics(file)];
  return all.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

describe('types of an experiment', function () {
  this.timeout(120_000);
  const folder = freshFolder();
  const write = (name: string, text: string) => {
    const file = path.join(folder(), name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    return file;
  };
  const ours = () => path.join(folder(), 'node_modules', 'compute-lens');

  it('are unknown in a workspace that has nothing, and known once they are provided', () => {
    const file = write('räume 实验/new.experiment.ts', experimentTemplate('new'));
    assert.match(diagnose(file).join('\n'), /Cannot find module 'compute-lens'/);
    provideTypes(path.dirname(file), folder(), types);
    assert.deepEqual(diagnose(file), []);
  });

  it('are those of TensorFlow.js too, also in a package alone, so that what is wrong is marked', () => {
    const shipped = path.join(folder(), 'extension', 'types');
    fs.cpSync(types, shipped, { recursive: true });
    provideTypes(folder(), folder(), shipped);
    const wrong = experimentTemplate('new').replace('units: params.hidden', "unitz: 3, units: 'many'");
    const [said, ...more] = diagnose(write('new.experiment.ts', wrong));
    assert.match(said ?? '', /string|unitz/);
    assert.equal(more.length, 0, more.join('\n'));
    const seeds = experimentTemplate('new').replace('seed: 0', "seed: 'zero'");
    assert.match(diagnose(write('other.experiment.ts', seeds)).join(), /not assignable to type 'number/);
  });

  it('are known in plain JavaScript', () => {
    provideTypes(folder(), folder(), types);
    assert.deepEqual(diagnose(write('new.experiment.mjs', experimentTemplate('new'))), []);
  });

  it('are left alone where the package is installed, and renewed where they are ours', () => {
    const installed = write('node_modules/compute-lens/package.json', '{ "name": "compute-lens" }');
    provideTypes(folder(), folder(), types);
    assert.deepEqual(fs.readdirSync(ours()), ['package.json']);
    fs.rmSync(installed);
    provideTypes(folder(), folder(), '/an/older/version/dist/types');
    provideTypes(path.join(folder(), 'deeper'), folder(), types);
    assert.match(fs.readFileSync(path.join(ours(), 'index.d.ts'), 'utf8'), /dist\/types\/api\/index/);
    assert.doesNotMatch(fs.readFileSync(path.join(ours(), 'index.d.ts'), 'utf8'), /older/);
    assert.deepEqual(fs.readdirSync(folder()), ['node_modules']);
  });

  it('are no reason for git to show anything', () => {
    provideTypes(folder(), folder(), types);
    assert.equal(fs.readFileSync(path.join(ours(), '.gitignore'), 'utf8'), '*\n');
  });
});
