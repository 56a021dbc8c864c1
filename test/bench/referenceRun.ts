import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseEvent, type RunEvent } from '../../src/runs/event';
import type { RunRecord } from '../../src/runs/record';
import { sparseExperiments, type Network } from './sparseExperiments';

export const repository = path.resolve(__dirname, '../../..');

export interface Job {
  readonly network: Network;
  readonly method: string;
  readonly sparsity: number;
  readonly seed: number;
  readonly epochs: number;
}

/**
 * One reference training in a trainer of its own, by the command line, on one thread.
 *
 * @param fields of the experiment, beside those that it has
 * @throws Error where it does not come to its end
 */
export async function trainReference(
  job: Job,
  fields = '',
): Promise<{ record: RunRecord; events: RunEvent[] }> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lens-sparse-'));
  try {
    fs.mkdirSync(path.join(folder, '.vscode'));
    const source = sparseExperiments[job.network].source(sharedData(), job.epochs);
    fs.writeFileSync(
      path.join(folder, 'reference.experiment.ts'),
      source.replace('defineExperiment({', `defineExperiment({ ${fields}`),
    );
    const set = ['--set', `method=${job.method}`, '--set', `sparsity=${job.sparsity}`];
    const args = ['run', 'reference.experiment.ts', ...set, '--seed', String(job.seed), '--backend', 'wasm'];
    const said = await command(folder, args);
    const runs = path.join(folder, '.compute-lens/runs');
    const directory = path.join(runs, fs.readdirSync(runs)[0] ?? '');
    const record = JSON.parse(fs.readFileSync(path.join(directory, 'run.json'), 'utf8')) as RunRecord;
    if (record.status !== 'finished') throw new Error(`${JSON.stringify(job)}: ${record.status}\n${said}`);
    const lines = fs.readFileSync(path.join(directory, 'events.jsonl'), 'utf8').split('\n');
    return { record, events: lines.flatMap((line) => parseEvent(line) ?? []) };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function command(cwd: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, COMPUTE_LENS_THREADS: '1' };
  const child = spawn(process.execPath, [path.join(repository, 'dist', 'cli.js'), ...args], { cwd, env });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
  return new Promise((resolve) => child.once('close', () => resolve(said)));
}

function sharedData(): string {
  const folder = path.resolve(repository, '..', 'shared', 'data');
  if (fs.existsSync(folder)) return folder;
  throw new Error(`The reference runs train on the data in ${folder}, which is not there.`);
}
