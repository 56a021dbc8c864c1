import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { softwareGpuEnvironment } from '../../harness/softwareGpu';
import { readRun, TestWorkspace } from '../train/workspace';
import { sampleOf } from './cases';
import type { Proof } from './float64';
import type { Outcome, Outcomes } from './outcome';

export const backends = ['cpu', 'wasm', 'webgpu', 'tensorflow'] as const;
export type Backend = (typeof backends)[number];

const repository = path.resolve(__dirname, '../../../..');

/** What a run on `backend` needs around it, or undefined where it cannot run here. */
export function prepared(
  backend: Backend,
): { readonly modules: string; readonly env: NodeJS.ProcessEnv } | undefined {
  const modules = path.join(repository, 'node_modules');
  if (backend === 'tensorflow') {
    const { TFJS_NODE_MODULES: native } = process.env;
    return native === undefined ? undefined : { modules: path.resolve(native), env: {} };
  }
  if (backend !== 'webgpu') return { modules, env: {} };
  const env = softwareGpuEnvironment();
  return env && { modules, env };
}

/**
 * Trains cases on a backend in a run of the product; where one ends the process, a next run goes on behind it.
 *
 * @param every trains every so many-th case
 */
export async function outcomesOn(backend: Backend, every = 1): Promise<Outcomes | undefined> {
  const preparation = prepared(backend);
  if (!preparation) return undefined;
  const sample = sampleOf(every);
  const work = new TestWorkspace();
  const outcomes = new Map<string, Outcome>();
  try {
    fs.symlinkSync(preparation.modules, path.join(work.folder, 'node_modules'));
    fs.copyFileSync(path.join(__dirname, 'worker.js'), path.join(work.folder, 'worker.js'));
    const results = path.join(work.folder, 'results.jsonl');
    while (outcomes.size < sample.length) {
      fs.writeFileSync(results, '');
      const { code, stdout, stderr } = await work.run(['run', 'worker.js', '--backend', backend], {
        ...preparation.env,
        CONFORMANCE_RESULTS: results,
        CONFORMANCE_FROM: String(outcomes.size),
        CONFORMANCE_EVERY: String(every),
      });
      const lines = fs.readFileSync(results, 'utf8').split('\n').filter(Boolean);
      const made = lines.map((line) => JSON.parse(line) as Outcome);
      for (const outcome of made) outcomes.set(outcome.name, outcome);
      const last = made.at(-1);
      const next = sample[outcomes.size];
      if (!next) break;
      if (last && 'failed' in last && last.ended) continue;
      if (code === 0 || work.runs().length === 0)
        throw new Error(`The cases were not run on ${backend}:\n${stdout}${stderr}`);
      const failed =
        readRun(work.lastRun()).attempts.at(-1)?.error?.message ?? `the process ended with ${code}`;
      outcomes.set(next.name, { name: next.name, failed, refused: false, ended: true });
    }
    return outcomes;
  } finally {
    work.remove();
  }
}

/** Proofs of the cpu backend's gradients, by case. */
export function proofs(): ReadonlyMap<string, Proof> {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(__dirname, 'float64.js')], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(stderr);
  const found = stdout.split('\n').filter((line) => line.startsWith('{'));
  return new Map(found.map((line) => JSON.parse(line) as Proof).map((proof) => [proof.name, proof]));
}
