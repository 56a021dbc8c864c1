// Runs the rings of tests: `npm test`, or one with `npm test -- unit`, and of it some with `-- unit --grep resume`.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
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
const rings = ['unit', 'vscode', 'e2e'] as const;
type Ring = (typeof rings)[number];

interface Outcome {
  readonly passed: boolean;
  readonly where: string;
}

const run: Record<Ring, (grep: string | undefined) => Outcome | Promise<Outcome>> = {
  async unit(grep) {
    const { failed, note } = provideTensorflowNode();
    // Trainings, and every layer on every backend: for minutes, beside all else.
    const trained = ['conformance', 'train'].map((folder) => `out/test/unit/${folder}/**/*.test.js`);
    const passed = await inTwo(trained, ['out/test/unit/**/*.test.js'], 60_000, grep);
    return { passed: passed && !failed, where: `Node ${process.versions.node}${note}` };
  },
  vscode: (grep) => runHostRing(grep),
  async e2e(grep) {
    installServer(console.log);
    findBrowser(console.log);
    const where = `VS Code server ${vsCodeVersion} in a browser driven by Playwright${provideTensorflowNode().note}`;
    const passed = await inTwo(['out/test/e2e/[n-z]*.test.js'], ['out/test/e2e/*.test.js'], 5 * 60_000, grep);
    return { passed, where };
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

/** Runs tests in two processes at once: `some`, whose words come last, and the others of `all`. */
async function inTwo(
  some: readonly string[],
  all: readonly string[],
  timeout: number,
  grep: string | undefined,
): Promise<boolean> {
  const beside = mocha(some, timeout, grep, { held: true });
  const others = await mocha(all, timeout, grep, { without: some });
  const { passed, said } = await beside;
  process.stdout.write(said);
  return passed && others.passed;
}

/**
 * Runs tests in a process of their own.
 *
 * @param how `held`: what they print is returned; `without`: files that are left out
 */
function mocha(
  files: readonly string[],
  timeout: number,
  grep: string | undefined,
  how: { readonly held?: boolean; readonly without?: readonly string[] },
): Promise<{ passed: boolean; said: string }> {
  const { held = false, without = [] } = how;
  const program = path.join(repository, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const options = [
    '--enable-source-maps',
    ...['--timeout', String(timeout)],
    ...(grep === undefined ? [] : ['--grep', grep]),
    ...without.flatMap((each) => ['--ignore', each]),
  ];
  const child = spawn(process.execPath, [program, ...options, ...files], {
    cwd: repository,
    stdio: ['inherit', held ? 'pipe' : 'inherit', held ? 'pipe' : 'inherit'],
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => said.push(chunk));
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ passed: code === 0, said: Buffer.concat(said).toString() }));
  });
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
