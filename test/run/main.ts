// Runs the rings of tests: `npm test`, or one with `npm test -- unit`, and of it some with `-- unit --grep resume`.
import { spawnSync } from 'node:child_process';
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
  unit(grep) {
    const { failed, note } = provideTensorflowNode();
    return { passed: mocha('unit', 60_000, grep) && !failed, where: `Node ${process.versions.node}${note}` };
  },
  vscode: (grep) => runHostRing(grep),
  e2e(grep) {
    installServer(console.log);
    findBrowser(console.log);
    const where = `VS Code server ${vsCodeVersion} in a browser driven by Playwright${provideTensorflowNode().note}`;
    return { passed: mocha('e2e', 5 * 60_000, grep), where };
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

function mocha(ring: Ring, timeout: number, grep: string | undefined): boolean {
  const { status } = spawnSync(
    process.execPath,
    [
      path.join(repository, 'node_modules', 'mocha', 'bin', 'mocha.js'),
      '--enable-source-maps',
      ...['--timeout', String(timeout)],
      ...(grep === undefined ? [] : ['--grep', grep]),
      `out/test/${ring}/**/*.test.js`,
    ],
    { cwd: repository, stdio: 'inherit' },
  );
  return status === 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
