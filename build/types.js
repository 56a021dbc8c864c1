// The types of what an experiment imports, for workspaces that have neither this package nor TensorFlow.js installed:
// declarations of src/api and, beside them, those of TensorFlow.js that they lead to. Into dist/types.
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const api = path.join(root, 'src', 'api', 'index.ts');
const shippedPackage = /[\\/]node_modules[\\/](@tensorflow[\\/][^\\/]+)[\\/](.+)$/;

function writeTypes(dist) {
  const folder = path.join(dist, 'types');
  if (isNew(path.join(folder, 'api', 'index.d.ts'))) return;
  const ts = require('typescript');
  const program = ts.createProgram([api], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    types: ['node'],
    strict: true,
    skipLibCheck: true,
    resolveJsonModule: true,
    declaration: true,
    emitDeclarationOnly: true,
    // What is marked as internal need not be readable from outside.
    stripInternal: true,
    rootDir: path.join(root, 'src'),
    outDir: folder,
  });
  fs.rmSync(folder, { recursive: true, force: true });
  const place = (file) => {
    const [, name, rest] = shippedPackage.exec(file) ?? [];
    return name && path.join(folder, name, rest);
  };
  const write = (file, text) => {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, relativeImports(file, text, folder));
  };
  program.emit(undefined, write, undefined, true);
  for (const { fileName, text } of program.getSourceFiles()) {
    const file = place(fileName);
    if (file) write(file, text);
  }
}

/** Packages by where their declarations lie here; types that a global package would have to give are left out. */
function relativeImports(file, text, folder) {
  return text
    .replace(/^\/\/\/ <reference types=.*$\n?/gm, '')
    .replace(/(['"])(@tensorflow\/[\w-]+)(\/[^'"]+)?\1/g, (_, quote, name, deep = '') => {
      const target = path.join(folder, name, deep || typesOf(name));
      const relative = path.relative(path.dirname(file), target).split(path.sep).join('/');
      return `${quote}${relative.startsWith('.') ? relative : `./${relative}`}${quote}`;
    });
}

function typesOf(name) {
  const manifest = require.resolve(`${name}/package.json`, { paths: [root] });
  const { types, typings } = JSON.parse(fs.readFileSync(manifest, 'utf8'));
  return (types ?? typings).replace(/(\/index)?\.d\.ts$/, '$1');
}

/** To read all of these types takes seconds, which a build does not spend for nothing. */
function isNew(file) {
  if (!fs.existsSync(file)) return false;
  const sources = ['api', 'data', 'runs', 'sparse', 'math'].flatMap((room) =>
    fs
      .readdirSync(path.join(root, 'src', room), { recursive: true })
      .map((name) => path.join(root, 'src', room, String(name))),
  );
  const edited = Math.max(
    ...[...sources, path.join(__dirname, 'types.js')].map((name) => fs.statSync(name).mtimeMs),
  );
  return fs.statSync(file).mtimeMs > edited;
}

module.exports = { writeTypes };
