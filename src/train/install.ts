import fs from 'node:fs/promises';
import path from 'node:path';
import { knownCause } from './installCauses';
import { findLibtensorflow, layOutDeps, type Libtensorflow } from './libtensorflow';
import type { NodeExecutable } from './node';
import { runNpm, type NpmCall, type NpmResult } from './npm';
import { backendPackages } from './packages';
import type { BackendAnswer } from './probe';
import { runTrainerTool } from './trainerTool';

export type InstallableBackend = keyof typeof backendPackages;

/** Versions that this release was tested with. */
export const testedVersions: Record<InstallableBackend, string> = {
  'tensorflow-gpu': '4.22.0',
  tensorflow: '4.22.0',
  webgpu: '0.6.2',
};

export interface InstallRequest {
  readonly name: InstallableBackend;
  /** The package comes into its `node_modules`. */
  readonly folder: string;
  /** Runs the packages' install scripts; see `findNode`. */
  readonly node: NodeExecutable;
  /** Where a libtensorflow of the user's own is, to take in place of a download; see `findLibtensorflow`. */
  readonly libtensorflow?: string | undefined;
  /** Gets each line that npm prints. */
  readonly onLine: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Installs a backend's package with npm, and its native part: downloaded by the package's own script, or built on a
 * libtensorflow that is here already.
 *
 * @throws Error with the end of npm's output, the cause where it is a known one, and what to do; on abort, an AbortError
 */
export async function installBackend(request: InstallRequest): Promise<void> {
  const { name, folder } = request;
  const native = name !== 'webgpu';
  const own = native && request.libtensorflow ? await findLibtensorflow(request.libtensorflow) : undefined;
  await prepareFolder(folder);
  const spec = `${backendPackages[name]}@${testedVersions[name]}`;
  const call: NpmCall = request;
  const quiet = ['--no-audit', '--no-fund', '--loglevel', 'info', '--foreground-scripts'];
  // The native part comes by itself, below: npm would take back the whole package when that fails, or skip it when
  // the package is there.
  const install = ['install', spec, ...quiet, ...(native ? ['--ignore-scripts'] : [])];
  assertInstalled(spec, await runNpm(install, call));
  if (own) await build(request, own);
  else if (native) assertInstalled(spec, await runNpm(['rebuild', backendPackages[name], ...quiet], call));
}

/** Without a manifest of its own, npm would install into a parent folder that has one. */
async function prepareFolder(folder: string): Promise<void> {
  await fs.mkdir(folder, { recursive: true });
  const manifest = path.join(folder, 'package.json');
  await fs
    .writeFile(manifest, '{ "private": true }\n', { flag: 'wx' })
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
}

async function build(request: InstallRequest, own: Libtensorflow): Promise<void> {
  const name = backendPackages[request.name];
  const folder = path.join(request.folder, 'node_modules', name);
  request.onLine(`taking ${own.library} and ${own.include}`);
  layOutDeps(folder, own);
  // The package's own name for `node-pre-gyp install --build-from-source`.
  const result = await runNpm(['run', 'build-addon-from-source'], { ...request, folder });
  assertInstalled(`${name} on ${own.library}`, result);
}

function assertInstalled(what: string, { code, tail }: NpmResult): void {
  if (code === 0) return;
  const said = /error/i;
  const padding = /^npm error (?:code|path|command|A complete log)|Failed to execute|ERR! build error/;
  const errors = tail.filter((line) => said.test(line) && !padding.test(line)).slice(-3);
  const why = knownCause(tail.join('\n')) ?? 'The log says why.';
  throw new Error([`npm could not install ${what} (exit code ${code}). ${why}`, ...errors].join('\n'));
}

/** Native libraries may look for a GPU and compile for it for a while, but not for ever. */
const limitMilliseconds = 600_000;

/**
 * Starts an installed backend in a process of its own and trains one step there.
 *
 * @returns version and device
 * @throws Error that says why it does not train, the cause where it is a known one, and what to do
 */
export async function verifyBackend(request: InstallRequest): Promise<string> {
  const { name, folder, node, onLine, signal } = request;
  onLine(`training one step on ${name}`);
  const tool = await runTrainerTool({
    verb: 'probe',
    argument: name,
    folders: [folder],
    node: node.isElectron ? undefined : node.path,
    limitMilliseconds,
    signal,
    // The level at which TensorFlow names the libraries that it misses.
    environment: { TF_CPP_MIN_LOG_LEVEL: '1' },
  });
  for (const line of tool.output.split('\n').filter((each) => each.trim() !== '')) onLine(line);
  const answer = tool.answer as BackendAnswer | undefined;
  if (answer?.state === 'trains') return answer.detail;
  const ended = tool.timedOut
    ? `it did not end within ${limitMilliseconds / 60_000} minutes`
    : `its process ended with ${tool.signal ?? `exit code ${tool.code}`}`;
  const detail = answer?.detail ?? `${ended}.`;
  const cause = knownCause(`${tool.output} ${tool.signal}`) ?? '';
  const why = detail.includes(cause) ? detail : `${detail} ${cause}`;
  throw new Error(`${name} is installed in ${folder}, but does not train here: ${why}`);
}
