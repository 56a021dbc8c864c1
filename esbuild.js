// Builds everything that runs: `node esbuild.js` (the product into dist/), `--tests` (tests and `npm start` into out/
// as well), `--watch`, `--production` (minified, no source maps, into out/package/dist: what a VSIX ships).
const esbuild = require('esbuild');
const fs = require('node:fs');
const path = require('node:path');
const { execFile } = require('node:child_process');
const { promisify } = require('node:util');
const { writeNotices } = require('./build/notices');
const { writeTypes } = require('./build/types');
const { split } = require('./build/split');

const flag = (name) => process.argv.includes(`--${name}`);
const production = flag('production');
const dist = production ? path.join('out', 'package', 'dist') : 'dist';

const shared = {
  bundle: true,
  minify: production,
  sourcemap: !production,
  // What a VSIX ships has all licences in one file.
  legalComments: production ? 'none' : 'inline',
  logLevel: 'warning',
  metafile: true,
};
const node = { ...shared, platform: 'node', target: 'node20', format: 'cjs' };

const webview = { ...shared, platform: 'browser', target: 'chrome120', format: 'iife' };

/** The packages' ES modules, so that deep imports and the package itself are the same instance. */
const tensorflow = {
  ...node,
  outdir: dist,
  mainFields: ['module', 'main'],
  minify: true,
  sourcemap: false,
};

/**
 * Ops that fill tensors in plain JavaScript loops (random numbers, zeros, ones) first ask the backend for an empty
 * tensor. Only the one that traces shapes has such a thing: there, a dropout mask or 100 million weights cost nothing.
 */
const emptyTensors = {
  name: 'empty-tensors',
  setup(build) {
    const filled =
      /tfjs-core[\\/]dist[\\/]ops[\\/](random_uniform|random_normal|truncated_normal|random_gamma|rand|ones|zeros)\.js$/;
    build.onLoad({ filter: filled }, ({ path: file }) => {
      const checked = 'assertNonNegativeIntegerDimensions(shape);';
      const source = fs.readFileSync(file, 'utf8');
      if (source.split(checked).length !== 2)
        return { errors: [{ text: `${file} is not what this build was written for` }] };
      const ask =
        'const emptyTensor = theEngine.backend.empty?.(shape, dtype ?? "float32");' +
        'if (emptyTensor) return theEngine.makeTensorFromTensorInfo(emptyTensor, theEngine.backend);';
      const asking = source.replace(checked, checked + ask);
      const drawing = /random_(uniform|normal)\.js$/.test(file) ? noise(asking) : asking;
      if (drawing === undefined)
        return { errors: [{ text: `${file} is not what this build was written for` }] };
      const contents = `import { ENGINE as theEngine } from '../engine';${drawing}`;
      return { contents, resolveDir: path.dirname(file) };
    });
  },
};

/**
 * The noise of layers is drawn in JavaScript. A backend that can do a step again from a plan draws it anew each time,
 * so it is told how.
 */
const noise = (source) => {
  // Where the seed is drawn, or the first thing before it.
  const begin = source.includes('new MPRandGauss')
    ? 'const randGauss ='
    : 'const res = buffer(shape, dtype);';
  const end = 'return res.toTensor();';
  if (source.split(begin).length !== 2 || source.split(end).length !== 2) return undefined;
  return source
    .replace(begin, `const draw = () => { ${begin}`)
    .replace(
      end,
      'return res; }; return theEngine.backend.drawn?.(shape, dtype, draw) ?? draw().toTensor();',
    );
};

/**
 * Ops that multiply by a weight first ask the backend whether it is sparse (src/kernels/native/sparseOps.ts): then it
 * does what they do, with the zeros left out, gradients included.
 */
const sparseWeights = {
  name: 'sparse-weights',
  setup(build) {
    const asked = {
      [path.join('ops', 'mat_mul.js')]: [
        'return ENGINE.runKernel(BatchMatMul, inputs, attrs);',
        'return ENGINE.backend.sparseMatMul?.({ ...inputs, ...attrs }) ?? ENGINE.runKernel(BatchMatMul, inputs, attrs);',
      ],
      [path.join('ops', 'conv2d.js')]: [
        'const res = ENGINE.runKernel(Conv2D, inputs, attrs);',
        'const res = ENGINE.backend.sparseConv2d?.({ ...inputs, ...attrs }) ?? ENGINE.runKernel(Conv2D, inputs, attrs);',
      ],
      [path.join('fused', 'mat_mul.js')]: [
        'if (shouldFuse(ENGINE.state.gradientDepth, activation) === false) {',
        'const sparse = ENGINE.backend.sparseMatMul?.(arguments[0]); if (sparse) return sparse;',
      ],
      [path.join('fused', 'conv2d.js')]: [
        "activation = activation || 'linear';",
        'const sparse = ENGINE.backend.sparseConv2d?.(arguments[0]); if (sparse) return sparse;',
      ],
    };
    const files = /tfjs-core[\\/]dist[\\/]ops[\\/](fused[\\/])?(mat_mul|conv2d)\.js$/;
    build.onLoad({ filter: files }, ({ path: file }) => {
      const [before, after] = Object.entries(asked).find(([end]) => file.endsWith(end))[1];
      const source = fs.readFileSync(file, 'utf8');
      if (source.split(before).length !== 2)
        return { errors: [{ text: `${file} is not what this build was written for` }] };
      return { contents: source.replace(before, after.startsWith('const sparse') ? after + before : after) };
    });
  },
};

/**
 * The wasm backend for shared memory starts eight threads of its own, from scripts that Node cannot load, for what is
 * left of its kernels (tensorflow/tfjs#3830). Ours need its memory only.
 */
const noThreads = {
  name: 'no-threads',
  setup(build) {
    const edits = [
      ['var pthreadPoolSize=8;', 'var pthreadPoolSize=0;'],
      [
        'var numWorkersToLoad=PThread.unusedWorkers.length;',
        'removeRunDependency("wasm-instantiate");var numWorkersToLoad=0;',
      ],
      ['global.Worker=nodeWorkerThreads.Worker', ''],
    ];
    build.onLoad({ filter: /tfjs-backend-wasm-threaded-simd\.js$/ }, ({ path: file }) => {
      let contents = fs.readFileSync(file, 'utf8');
      for (const [before, after] of edits) {
        if (contents.split(before).length !== 2)
          return { errors: [{ text: `${file} is not what this build was written for` }] };
        contents = contents.replace(before, after);
      }
      return { contents };
    });
  },
};

/** TensorFlow.js is one file, `dist/tf.js`; whoever else needs it in a trainer is handed that instance. */
const product = [
  split(esbuild, {
    ...node,
    entryPoints: {
      extension: 'src/extension.ts',
      cost: 'src/editor/cost/cost.ts',
      seldom: 'src/editor/commands/seldom.ts',
      masksPanel: 'src/panels/masksPanel.ts',
      runPanel: 'src/panels/runPanel.ts',
      runMonitor: 'src/panels/runMonitor.ts',
      runsTable: 'src/editor/runsTable/runsTable.ts',
    },
    outdir: dist,
    external: ['vscode', 'esbuild'],
  }),
  {
    ...node,
    entryPoints: {
      cli: 'src/cli.ts',
      trainer: 'src/train/trainer.ts',
      tracer: 'src/trace/tracer.ts',
      api: 'src/api/index.ts',
      tfData: 'src/train/tfData.ts',
      kernelWorker: 'src/kernels/native/kernelWorker.ts',
      digestWorker: 'src/runs/digestWorker.ts',
    },
    outdir: dist,
    external: ['esbuild', './tf.js', './webgpuBackend.js'],
  },
  {
    ...node,
    entryPoints: { moduleHooks: 'src/train/moduleHooks.ts' },
    outdir: dist,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
  },
  {
    ...tensorflow,
    entryPoints: { tf: 'src/train/tf.ts' },
    plugins: [emptyTensors, sparseWeights, noThreads],
  },
  {
    ...tensorflow,
    entryPoints: { webgpuBackend: 'src/train/webgpuBackend.ts' },
    plugins: [
      {
        name: 'one-core',
        setup: (build) =>
          build.onResolve({ filter: /^@tensorflow\/tfjs-core$/ }, () => ({
            path: './tf.js',
            external: true,
          })),
      },
    ],
  },
];

const webviews = () => ({
  ...webview,
  entryPoints: {
    run: 'webview/run/main.ts',
    masks: 'webview/masks/main.ts',
    cost: 'webview/cost/main.ts',
    runs: 'webview/runs/main.ts',
  },
  outdir: path.join(dist, 'webview'),
  plugins: [workers],
});

/** What workers are made of. */
const inWorkers = [];

/** A worker comes with its page as a text: no page of ours may load what is not in its own script. */
const workers = {
  name: 'workers',
  setup(build) {
    build.onResolve({ filter: /^worker:/ }, ({ path: name, resolveDir }) => ({
      path: path.resolve(resolveDir, `${name.slice('worker:'.length)}.ts`),
      namespace: 'worker',
    }));
    build.onLoad({ filter: /./, namespace: 'worker' }, async ({ path: file }) => {
      const { outputFiles, metafile } = await esbuild.build({
        ...webview,
        entryPoints: [file],
        write: false,
        sourcemap: false,
      });
      inWorkers.push(metafile);
      return { contents: outputFiles[0].text, loader: 'text', watchFiles: [file] };
    });
  },
};

const testFiles = (folder) =>
  fs
    .readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.join(folder, name));

const tests = () => [
  {
    ...node,
    entryPoints: [...testFiles('test'), 'examples/start.ts'],
    outdir: 'out',
    outbase: '.',
    packages: 'external',
    external: ['vscode'],
    sourcemap: 'inline',
  },
];

/**
 * The module of kernels in src/kernels/assembly, with and without relaxed SIMD, for one thread or with memory that
 * threads share. Built here and not committed: AssemblyScript comes with `npm ci`, and there is nothing else to install.
 */
const sharedMemory = ['--enable', 'threads', '--sharedMemory', '--maximumMemory', '65536'];
const kernelModules = {
  'kernels.wasm': [],
  'kernels-relaxed.wasm': ['--enable', 'relaxed-simd'],
  'kernels-threads.wasm': sharedMemory,
  'kernels-relaxed-threads.wasm': ['--enable', 'relaxed-simd', ...sharedMemory],
};

async function buildKernels() {
  const sources = path.join('src', 'kernels', 'assembly');
  const edited = Math.max(
    ...fs.readdirSync(sources).map((name) => fs.statSync(path.join(sources, name)).mtimeMs),
  );
  const isNew = (file) => fs.existsSync(file) && fs.statSync(file).mtimeMs > edited;
  const compiler = path.join(path.dirname(require.resolve('assemblyscript/package.json')), 'bin', 'asc.js');
  const build = async ([name, options]) => {
    const file = path.join(dist, name);
    if (isNew(file)) return;
    const flags = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--enable', 'simd'];
    // 112: functions of the module's own that take vectors are not for JavaScript to call.
    const all = [
      compiler,
      path.join(sources, 'index.ts'),
      '-o',
      file,
      ...flags,
      '--disableWarning',
      '112',
      ...options,
    ];
    await promisify(execFile)(process.execPath, all);
  };
  await Promise.all(Object.entries(kernelModules).map(build));
}

function copyAssets() {
  const wasm = path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'));
  for (const name of fs.readdirSync(path.join(wasm, 'dist')).filter((n) => n.endsWith('.wasm')))
    fs.copyFileSync(path.join(wasm, 'dist', name), path.join(dist, name));
  fs.chmodSync(path.join(dist, 'cli.js'), 0o755);
}

async function main() {
  const builds = [...product, webviews(), ...(flag('tests') ? tests() : [])];
  if (flag('watch')) {
    await buildKernels();
    for (const options of builds) await (await esbuild.context(options)).watch();
    return;
  }
  // What an earlier build left is not for shipping.
  if (production) fs.rmSync(dist, { recursive: true, force: true });
  fs.mkdirSync(dist, { recursive: true });
  const [, ...built] = await Promise.all([
    buildKernels(),
    ...builds.map((options) => esbuild.build(options)),
  ]);
  copyAssets();
  writeTypes(dist);
  if (production) writeNotices([...built.map(({ metafile }) => metafile), ...inWorkers], dist);
}

if (require.main === module)
  main().catch((error) => {
    // esbuild has said its own errors already.
    if (!error.errors) console.error(error.stderr || error);
    process.exit(1);
  });

/** How a page of a webview is built, for tests of its parts. */
module.exports = { page: { ...webview, plugins: [workers] } };
