import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { cacheFolder } from './serverInstall';

/** TensorFlow's native library as pip has it: the CPU build, whose wheel holds the C headers too. */
const wheel = {
  spec: 'tensorflow-cpu==2.21.0',
  version: '2.21.0',
  sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
  tags: ['--python-version', '3.11', '--implementation', 'cp', '--platform', 'manylinux_2_27_x86_64'],
};
/** Of the 13,000 files in it, what a native library is built against, and what says what it is. */
const unpackProgram = `
import sys, zipfile
kept = ('tensorflow/libtensorflow_', 'tensorflow/python/platform/build_info.py') + tuple(
    'tensorflow/include/' + folder for folder in ('tensorflow/c/', 'tensorflow/core/platform/', 'tsl/platform/', 'xla/tsl/'))
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.startswith(kept)])
`;
const limitMilliseconds = 10 * 60_000;

/** What the real tfjs-node is tested on cannot be had on this machine. */
export class NotHere extends Error {}

/**
 * A node_modules with the real tfjs-node and tfjs-node-gpu on a real libtensorflow, made once with the product's own
 * `compute-lens install --libtensorflow`: a minute, 1.2 GB, a C++ compiler.
 *
 * @throws NotHere where the library cannot be had; Error where it can and installing fails
 */
export function prepareTensorflowNode(repository: string, say: (line: string) => void): string {
  const cache = cacheFolder();
  const home = path.join(cache, `tfjs-node-${installerKey(repository)}`);
  const library = path.join(cache, `libtensorflow-${wheel.version}`);
  const modules = path.join(home, 'node_modules');
  if (fs.existsSync(path.join(home, '.complete')) && fs.existsSync(library)) return modules;
  completely(library, (stage) => unpackWheel(stage, say));
  completely(home, (stage) => {
    say(`Installing tfjs-node and tfjs-node-gpu on libtensorflow ${wheel.version}, once, into ${home}`);
    install(repository, 'tensorflow', stage, library);
    install(repository, 'tensorflow-gpu', stage, library);
    fs.writeFileSync(path.join(stage, '.complete'), '');
  });
  removeOld(cache, home);
  return modules;
}

/** Changes with the code that installs, so that a change of it is tested. */
function installerKey(repository: string): string {
  const hash = createHash('sha256').update(wheel.sha256);
  for (const name of ['install.ts', 'libtensorflow.ts', 'npm.ts'])
    hash.update(fs.readFileSync(path.join(repository, 'src', 'train', name)));
  return hash.digest('hex').slice(0, 12);
}

/** Fills `folder` elsewhere first, so that it is there whole or not at all. */
function completely(folder: string, fill: (stage: string) => void): void {
  if (fs.existsSync(folder)) return;
  const stage = `${folder}.${process.pid}.tmp`;
  fs.rmSync(stage, { recursive: true, force: true });
  fs.mkdirSync(stage, { recursive: true });
  try {
    fill(stage);
    if (!fs.existsSync(folder)) fs.renameSync(stage, folder);
  } finally {
    fs.rmSync(stage, { recursive: true, force: true });
  }
}

function unpackWheel(stage: string, say: (line: string) => void): void {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new NotHere(`the library is taken for x64 Linux, and this is ${process.platform} ${process.arch}`);
  const python = ['python3', 'python'].find(
    (name) => spawnSync(name, ['-m', 'pip', '--version']).status === 0,
  );
  if (python === undefined) throw new NotHere('there is no Python with pip');
  say(`Downloading the wheel ${wheel.spec} with pip, once: 274 MB`);
  const args = ['-m', 'pip', 'download', wheel.spec, '--no-deps', '--only-binary=:all:', ...wheel.tags];
  const pip = spawnSync(python, [...args, '--dest', stage], { encoding: 'utf8', timeout: limitMilliseconds });
  const file = fs.readdirSync(stage).find((name) => name.endsWith('.whl'));
  if (pip.status !== 0 || file === undefined)
    throw new NotHere(`pip cannot provide ${wheel.spec}: ${pip.stderr.trim().split('\n').at(-1) ?? ''}`);
  const archive = path.join(stage, file);
  const found = createHash('sha256').update(fs.readFileSync(archive)).digest('hex');
  if (found !== wheel.sha256)
    throw new Error(`${file} is not what it was: expected ${wheel.sha256}, found ${found}`);
  execFileSync(python, ['-c', unpackProgram, archive, stage], { timeout: limitMilliseconds });
  fs.rmSync(archive);
}

function install(repository: string, name: string, folder: string, library: string): void {
  const args = [path.join(repository, 'dist', 'cli.js'), 'install', name, '--anyway'];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...args, '--to', folder, '--libtensorflow', library],
    { encoding: 'utf8', timeout: limitMilliseconds },
  );
  // Without a CUDA device, that of the GPU is refused as it should be, after it was built.
  if (status === 0 || (name === 'tensorflow-gpu' && stderr.includes('TensorFlow sees no CUDA device')))
    return;
  throw new Error(`${name} could not be installed: ${stderr}\n${stdout.slice(-4000)}`);
}

/** Installations by earlier versions of the installer, unless another checkout may still test with them. */
function removeOld(cache: string, current: string): void {
  const dayMilliseconds = 24 * 3600_000;
  for (const name of fs.readdirSync(cache)) {
    const folder = path.join(cache, name);
    const age = Date.now() - fs.statSync(folder).mtimeMs;
    if (/^tfjs-node-[0-9a-f]{12}$/.test(name) && folder !== current && age > dayMilliseconds)
      fs.rmSync(folder, { recursive: true, force: true });
  }
}
