// Builds VSIX files into out/package from what `node esbuild.js --production` has built: `npm run package` one that runs
// anywhere, `npm run package -- --target linux-x64` (several times, or `--target all`) those with a native compiler.
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { createVSIX } = require('@vscode/vsce');
const { placeCompiler, targets } = require('./compiler');

const root = path.join(__dirname, '..');
const output = path.join(root, 'out', 'package');

/** All that is shipped beside dist/: what users read, and what VS Code shows. */
const shipped = [
  '.vscodeignore',
  'package.nls.json',
  'package.nls.zh-cn.json',
  'CHANGELOG.md',
  'LICENSE',
  'media',
];

/** Of the pictures, those that the editor shows: others are for the README of the repository. */
function pictures() {
  const pages = path.join(root, 'media', 'walkthrough');
  const texts = [
    path.join(root, 'package.json'),
    ...fs.readdirSync(pages).map((page) => path.join(pages, page)),
  ];
  const shown = texts.map((file) => fs.readFileSync(file, 'utf8')).join();
  return (file) => !file.endsWith('.png') || shown.includes(path.basename(file));
}

/** @returns the file's path */
async function packageFor(target) {
  const kind = target ?? 'universal';
  const stage = path.join(output, kind);
  fs.rmSync(stage, { recursive: true, force: true });
  fs.mkdirSync(stage, { recursive: true });
  const filter = pictures();
  for (const name of shipped)
    fs.cpSync(path.join(root, name), path.join(stage, name), { recursive: true, filter });
  fs.cpSync(path.join(output, 'dist'), path.join(stage, 'dist'), { recursive: true });
  await placeCompiler(path.join(stage, 'dist', 'node_modules'), target);
  const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  fs.writeFileSync(path.join(stage, 'package.json'), JSON.stringify(forUsers(manifest)));
  const readme = fs.readFileSync(path.join(root, 'README.md'), 'utf8');
  fs.writeFileSync(path.join(stage, 'README.md'), readAnywhere(readme));
  const file = path.join(output, `compute-lens-${manifest.version}-${kind}.vsix`);
  await createVSIX({
    cwd: stage,
    packagePath: file,
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
    ...(target && { target }),
  });
  return file;
}

/** The manifest without what only a checkout or npm needs. */
function forUsers(manifest) {
  const rest = { ...manifest };
  for (const field of [
    'private',
    'scripts',
    'bin',
    'exports',
    'dependencies',
    'devDependencies',
    'peerDependencies',
    'peerDependenciesMeta',
  ])
    delete rest[field];
  return rest;
}

/** Pictures and other files of the repository are not beside a README that VS Code shows. */
function readAnywhere(readme) {
  return readme
    .replace(/^!\[[^\]]*\]\([^)]*\)\n\n/gm, '')
    .replace(/\[([^\]]+)\]\((?!https?:|#)[^)]+\)/g, '$1');
}

async function main() {
  const { values } = parseArgs({ options: { target: { type: 'string', multiple: true } } });
  const asked = values.target?.includes('all') ? [undefined, ...targets] : (values.target ?? [undefined]);
  for (const target of asked) {
    if (target !== undefined && !targets.includes(target))
      throw new Error(`There is no target "${target}"; there are all, ${targets.join(', ')}.`);
    await packageFor(target);
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
