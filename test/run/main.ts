// Runs the rings of tests: `npm test`, or one with `npm test -- unit`, and of it some with `-- unit --grep resume`.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findBrowser } from '../harness/browser';
import { runHostRing } from './hostRing';
import { cacheFolder, installServer, vsCodeVersion } from '../harness/serverInstall';
import { NotHere, prepareTensorflowNode } from '../harness/tensorflowNode';

const repository = path.resolve(__dirname, '../../..');
// What trainers measure of this machine is kept beside the tests, and out of the user's own cache; what tests download
// stays there.
process.env.COMPUTE_LENS_TEST_DOWNLOADS ??= path.dirname(cacheFolder());
process.env.COMPUTE_LENS_CACHE ??= path.join(repository, 'out', 'cache');
/** So many files of windows that fail may be run again; more is no accident. */
const mostAgain = 3;
const rings = ['unit', 'vscode', 'e2e'] as const;
type Ring = (typeof rings)[number];

interface Outcome {
  readonly passed: boolean;
  readonly where: string;
}

const run: Record<Ring, (grep: string | undefined) => Outcome | Promise<Outcome>> = {
  async unit(grep) {
    const { failed, note } = provideTensorflowNode();
    const failures = await mocha(testsOf('unit', ['conformance', 'train']), 180_000, 3, grep);
    return { passed: failures?.length === 0 && !failed, where: `Node ${process.versions.node}${note}` };
  },
  vscode: (grep) => runHostRing(grep),
  async e2e(grep) {
    installServer(console.log);
    findBrowser(console.log);
    const where = `VS Code server ${vsCodeVersion} in a browser driven by Playwright${provideTensorflowNode().note}`;
    const failed = await mocha(testsOf('e2e'), 5 * 60_000, 2, grep);
    if (failed === undefined || failed.length === 0 || failed.length > mostAgain)
      return { passed: failed?.length === 0, where };
    // Two windows on two busy cores: what fails is tried once more alone, and said.
    const names = failed.map((file) => path.basename(file, '.js')).join(', ');
    console.log(`\n== FAILED, and run once more alone: ${names} ==`);
    const again = await mocha(failed, 5 * 60_000, 1, grep);
    const said = `${where}; FAILED at first beside other windows: ${names}`;
    return { passed: again?.length === 0, where: said };
  },
};

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { grep: { type: 'string' } },
  });
  const wrong = positionals.find((name) => !rings.includes(name as Ring));
  if (wrong !== undefined) {
    console.error(`There is no ring "${wrong}"; there are ${rings.join(', ')}.`);
    return 2;
  }
  if (!fs.existsSync(path.resolve(repository, '..', 'shared')))
    console.log(
      'There is no ../shared: tests of real data run on generated data, or say that they do not run.',
    );
  const lines: string[] = [];
  let failed = false;
  for (const ring of rings.filter((name) => positionals.length === 0 || positionals.includes(name))) {
    console.log(`\n== ring ${ring} ==`);
    const began = Date.now();
    const { passed, where } = await attempt(ring, values.grep);
    failed ||= !passed;
    const seconds = Math.round((Date.now() - began) / 1000);
    lines.push(`ring ${ring}: ${passed ? 'passed' : 'FAILED'} in ${seconds} s (${where})`);
    console.log(lines.at(-1));
  }
  if (lines.length > 1) console.log(`\n${lines.join('\n')}`);
  return failed ? 1 : 0;
}

async function attempt(ring: Ring, grep: string | undefined): Promise<Outcome> {
  try {
    return await run[ring](grep);
  } catch (error) {
    console.error(error);
    return { passed: false, where: 'could not be run' };
  }
}

/**
 * Hands the tests a real tfjs-node through TFJS_NODE_MODULES; what to add to the ring's closing line where there is none,
 * and whether that is a failure.
 */
function provideTensorflowNode(): { note: string; failed: boolean } {
  try {
    process.env.TFJS_NODE_MODULES ??= prepareTensorflowNode(repository, console.log);
    return { note: '', failed: false };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    console.log(`NOT RUN: tests of tfjs-node, since ${why}`);
    const failed = !(error instanceof NotHere) && process.env.CI === 'true';
    return { note: `; NOT RUN: tfjs-node, since ${why.split('\n')[0]}`, failed };
  }
}

/** Compiled tests below a folder of `out/test`, the slowest rooms first, so that no process ends long before another. */
function testsOf(folder: string, slowest: readonly string[] = []): string[] {
  const files = fs
    .readdirSync(path.join(repository, 'out', 'test', folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js'))
    .sort();
  const isSlow = (name: string) => slowest.some((each) => name.startsWith(each));
  return [...files.filter(isSlow), ...files.filter((name) => !isSlow(name))].map((name) =>
    path.join('out', 'test', folder, name),
  );
}

/**
 * Runs tests, as many files at once as `jobs`.
 *
 * @returns the files in which some failed; undefined where the run itself could not be made
 */
async function mocha(
  files: readonly string[],
  timeout: number,
  jobs: number,
  grep: string | undefined,
): Promise<string[] | undefined> {
  const program = path.join(repository, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'compute-lens-ring-'));
  const failures = path.join(folder, 'failures.txt');
  const options = [
    '--enable-source-maps',
    ...['--require', `./${path.join('out', 'test', 'run', 'isolation.js')}`],
    ...[
      '--reporter',
      path.join('out', 'test', 'run', 'reporter.js'),
      '--reporter-option',
      `failures=${failures}`,
    ],
    ...['--timeout', String(timeout)],
    ...(jobs > 1 ? ['--parallel', '--jobs', String(jobs)] : []),
    ...(grep === undefined ? [] : ['--grep', grep]),
  ];
  try {
    const child = spawn(process.execPath, [program, ...options, ...files], {
      cwd: repository,
      stdio: 'inherit',
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    const failed = fs.existsSync(failures) ? fs.readFileSync(failures, 'utf8').trim().split('\n') : [];
    return code === 0 ? [] : failed.length > 0 ? [...new Set(failed)] : undefined;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
