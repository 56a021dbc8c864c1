// The compiler of experiments is the only native part of the product, so it is what VSIX files differ in.
const fs = require('node:fs');
const path = require('node:path');
const zlib = require('node:zlib');
const { createHash } = require('node:crypto');
const { execFileSync } = require('node:child_process');
const { pipeline } = require('node:stream/promises');
const { Readable } = require('node:stream');
const { extract } = require('tar-stream');

const root = path.join(__dirname, '..');
const modules = path.join(root, 'node_modules');

/** VS Code's names of machines, and the package that has esbuild for each. */
const native = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'linux-armhf': 'linux-arm',
  // One static program serves either C library.
  'alpine-x64': 'linux-x64',
  'alpine-arm64': 'linux-arm64',
  'darwin-x64': 'darwin-x64',
  'darwin-arm64': 'darwin-arm64',
  'win32-x64': 'win32-x64',
  'win32-arm64': 'win32-arm64',
};

/**
 * Puts esbuild into `folder` as a `node_modules`: native for a target, in WebAssembly, which runs anywhere and more
 * slowly, without one.
 */
async function placeCompiler(folder, target) {
  const home = path.join(folder, 'esbuild');
  if (target === undefined) {
    const from = path.join(modules, 'esbuild-wasm');
    copy(from, home, ['package.json', 'LICENSE.md', 'bin/esbuild', 'esbuild.wasm', 'wasm_exec.js']);
    copy(from, home, ['wasm_exec_node.js']);
    const main = fs.readFileSync(path.join(from, 'lib', 'main.js'), 'utf8');
    fs.mkdirSync(path.join(home, 'lib'), { recursive: true });
    fs.writeFileSync(path.join(home, 'lib', 'main.js'), byTheNodeThatRuns(main));
    return;
  }
  copy(path.join(modules, 'esbuild'), home, ['package.json', 'LICENSE.md', 'lib/main.js']);
  const name = `@esbuild/${native[target]}`;
  const program = target.startsWith('win32') ? 'esbuild.exe' : path.join('bin', 'esbuild');
  const here = path.join(modules, name);
  const from = fs.existsSync(path.join(here, program)) ? here : await fetchPackage(name);
  copy(from, path.join(folder, name), ['package.json', program]);
}

/** It would start `node` from the PATH, where there may be none: an editor has a Node of its own. */
function byTheNodeThatRuns(source) {
  const asked = '["node", [';
  if (!source.includes(asked)) throw new Error('esbuild-wasm is not what build/compiler.js was written for.');
  return source.replaceAll(asked, '[process.execPath, [');
}

function copy(from, to, files) {
  for (const file of files) fs.cpSync(path.join(from, file), path.join(to, file));
}

/** A package for another kind of machine: what package-lock.json pins, and nothing else. */
async function fetchPackage(name) {
  const { packages } = JSON.parse(fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  const { version, integrity } = packages[`node_modules/${name}`];
  const folder = path.join(root, 'out', 'package', 'fetched', `${name}-${version}`);
  fs.mkdirSync(folder, { recursive: true });
  const options = { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' };
  const [{ filename }] = JSON.parse(execFileSync('npm', ['pack', '--json', `${name}@${version}`], options));
  const archive = fs.readFileSync(path.join(folder, path.basename(filename)));
  const sum = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
  if (sum !== integrity) throw new Error(`${name}@${version} is not the one that package-lock.json pins.`);
  const unpack = extract();
  unpack.on('entry', ({ name: entry, type, mode }, stream, next) => {
    const file = path.join(folder, entry.replace(/^package\//, ''));
    if (type !== 'file') stream.resume().on('end', next);
    else {
      fs.mkdirSync(path.dirname(file), { recursive: true });
      stream.pipe(fs.createWriteStream(file, { mode })).on('finish', next);
    }
  });
  await pipeline(Readable.from([archive]), zlib.createGunzip(), unpack);
  return folder;
}

module.exports = { placeCompiler, targets: Object.keys(native) };
