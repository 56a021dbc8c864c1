import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

/** A copy of TensorFlow's native library with its C headers, from wherever the user has one. */
export interface Libtensorflow {
  /** The library with the C functions: libtensorflow or, in a Python wheel, libtensorflow_cc. */
  readonly library: string;
  /** What it is linked against; Windows has none. */
  readonly framework?: string;
  /** Holds `tensorflow/c/c_api.h`. */
  readonly include: string;
  /** CUDA's libraries as Python wheels, which the library looks for beside itself. */
  readonly cudaWheels?: string;
  /** Whether it was built for CUDA, where that can be known without loading it. */
  readonly cuda?: boolean;
}

/** How the setting and the variable are called, for messages. */
const libtensorflowNames = 'setting computeLens.libtensorflow, variable COMPUTE_LENS_LIBTENSORFLOW';

const endings: Partial<Record<NodeJS.Platform, RegExp>> = {
  linux: /^\.so(\.\d+)*$/,
  darwin: /^(\.\d+)*\.dylib$/,
};

/**
 * Finds TensorFlow's library in `place`: a folder with `lib/` and `include/` as its C archive has them, a Python
 * environment or its `python`, or a folder in which the wheel `tensorflow` or `tensorflow-cpu` is unpacked.
 *
 * @throws Error that says what is missing there
 */
export async function findLibtensorflow(place: string): Promise<Libtensorflow> {
  const found = fs.statSync(place, { throwIfNoEntry: false });
  if (!found) throw new Error(`${place} does not exist (${libtensorflowNames}).`);
  if (found.isDirectory() && libraryIn(path.join(place, 'lib')))
    return checked(path.join(place, 'lib'), path.join(place, 'include'));
  const python = found.isDirectory() ? pythonOf(place) : place;
  if (python) {
    const folder = await wheelOf(python);
    return checked(folder, path.join(folder, 'include'));
  }
  for (const folder of [place, path.join(place, 'tensorflow')])
    if (libraryIn(folder)) return checked(folder, path.join(folder, 'include'));
  throw new Error(
    `${place} holds no TensorFlow (${libtensorflowNames}): expected ${libraryName()} in its folder lib beside a ` +
      'folder include, or a Python environment with the wheel tensorflow or tensorflow-cpu.',
  );
}

function libraryName(): string {
  const names: Partial<Record<NodeJS.Platform, string>> = {
    win32: 'tensorflow.dll and tensorflow.lib',
    darwin: 'libtensorflow.2.dylib',
  };
  return names[process.platform] ?? 'libtensorflow.so.2';
}

/** The library with the C functions in `folder`, and what it is linked against. */
function libraryIn(folder: string): { library: string; framework: string | undefined } | undefined {
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
  const find = (stem: string) => {
    const ending = endings[process.platform];
    const name =
      process.platform === 'win32'
        ? names.find((each) => each === `${stem.replace(/^lib/, '')}.dll`)
        : names.find((each) => each.startsWith(stem) && ending?.test(each.slice(stem.length)));
    return name === undefined ? undefined : path.join(folder, name);
  };
  const library = find('libtensorflow') ?? find('libtensorflow_cc');
  return library === undefined ? undefined : { library, framework: find('libtensorflow_framework') };
}

function checked(folder: string, include: string): Libtensorflow {
  const named = libraryIn(folder);
  const missing = (what: string) => new Error(`${what} is missing (${libtensorflowNames}).`);
  if (!named) throw missing(`${path.join(folder, libraryName())}`);
  if (!named.framework && process.platform !== 'win32')
    throw missing(`libtensorflow_framework beside ${named.library}`);
  const importLibrary = path.join(folder, 'tensorflow.lib');
  if (process.platform === 'win32' && !fs.existsSync(importLibrary)) throw missing(importLibrary);
  for (const header of ['c/c_api.h', 'c/eager/c_api.h', 'core/platform/ctstring_internal.h']) {
    const file = path.join(include, 'tensorflow', header);
    if (!fs.existsSync(file)) throw missing(`TensorFlow's header ${file}`);
  }
  const cudaWheels = path.join(path.dirname(folder), 'nvidia');
  const cuda = builtForCuda(folder);
  return {
    library: named.library,
    ...(named.framework !== undefined && { framework: named.framework }),
    include,
    ...(fs.existsSync(cudaWheels) && { cudaWheels }),
    ...(cuda !== undefined && { cuda }),
  };
}

/** What the wheel in `folder` says of itself. */
function builtForCuda(folder: string): boolean | undefined {
  const file = path.join(folder, 'python', 'platform', 'build_info.py');
  if (!fs.existsSync(file)) return undefined;
  const said = /is_cuda_build'?\W+(True|False)/.exec(fs.readFileSync(file, 'utf8'))?.[1];
  return said === undefined ? undefined : said === 'True';
}

function pythonOf(environment: string): string | undefined {
  return ['bin/python3', 'bin/python', 'Scripts/python.exe', 'python.exe']
    .map((name) => path.join(environment, name))
    .find((file) => fs.existsSync(file));
}

/** Folder of the module `tensorflow` of a Python, found without importing it. */
async function wheelOf(python: string): Promise<string> {
  const question =
    'import importlib.util as u; s = u.find_spec("tensorflow"); print(s.submodule_search_locations[0] if s else "")';
  const { stdout } = await promisify(execFile)(python, ['-c', question], {
    timeout: 30_000,
    windowsHide: true,
  }).catch((error: Error) => {
    throw new Error(
      `${python} did not answer as a Python does (${libtensorflowNames}): ${error.message.trim()}`,
    );
  });
  const folder = stdout.trim();
  if (!folder)
    throw new Error(
      `${python} has no TensorFlow (${libtensorflowNames}): install the wheel with ` +
        `"${python} -m pip install tensorflow-cpu", or "tensorflow[and-cuda]" for an NVIDIA GPU.`,
    );
  if (!libraryIn(folder))
    throw new Error(
      `The wheel in ${folder} lacks libtensorflow_cc, which tfjs-node needs: take one of Linux or macOS, version 2.12 or later.`,
    );
  return folder;
}

/** Puts a library where tfjs-node's package looks for it, in place of what is there. */
export function layOutDeps(packageFolder: string, own: Libtensorflow): void {
  const deps = path.join(packageFolder, 'deps');
  for (const stale of ['deps', 'lib', 'build', 'build-tmp-napi-v8'])
    fs.rmSync(path.join(packageFolder, stale), { recursive: true, force: true });
  const lib = path.join(deps, 'lib');
  fs.mkdirSync(lib, { recursive: true });
  fs.symlinkSync(own.include, path.join(deps, 'include'), 'junction');
  if (process.platform === 'win32') {
    // Links to files need rights there that few users have.
    fs.copyFileSync(own.library, path.join(lib, 'tensorflow.dll'));
    fs.copyFileSync(own.library.replace(/\.dll$/i, '.lib'), path.join(lib, 'tensorflow.lib'));
    return;
  }
  link(own.library, 'libtensorflow', lib);
  if (own.framework) link(own.framework, 'libtensorflow_framework', lib);
  // The library searches for CUDA's wheels from where it lies, and that is now deps/lib.
  if (own.cudaWheels) fs.symlinkSync(own.cudaWheels, path.join(deps, 'nvidia'));
}

/** Under the name that is linked against, and under the one that the loader asks for: its own, of major version 2. */
function link(file: string, linkedAs: string, folder: string): void {
  const target = fs.realpathSync(file);
  const stem = path.basename(file).replace(/\.(so|dylib|\d).*$/, '');
  const names =
    process.platform === 'darwin'
      ? [`${linkedAs}.2.dylib`, `${stem}.2.dylib`]
      : [`${linkedAs}.so`, `${stem}.so.2`];
  for (const name of new Set(names)) fs.symlinkSync(target, path.join(folder, name));
}

/** The library that an installed package was given with {@link layOutDeps}, if it was. */
export function givenLibrary(packageFolder: string): { file: string; cuda: boolean | undefined } | undefined {
  const names = ['libtensorflow.so', 'libtensorflow.2.dylib'].map((name) =>
    path.join(packageFolder, 'deps', 'lib', name),
  );
  for (const name of names) {
    const target = fs.lstatSync(name, { throwIfNoEntry: false })?.isSymbolicLink()
      ? fs.readlinkSync(name)
      : undefined;
    // The links of the downloaded archive stay within its folder.
    if (target !== undefined && path.isAbsolute(target))
      return { file: target, cuda: builtForCuda(path.dirname(target)) };
  }
  return undefined;
}
