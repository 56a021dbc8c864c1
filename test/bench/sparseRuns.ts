// `npm run bench:sparse-runs`: reference runs of sparse training, accuracy beside counted FLOPs and measured time. Takes
// hours on two cores; what is done is kept in out/sparse-runs.jsonl, and not done again.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parseEvent } from '../../src/runs/event';
import type { RunRecord } from '../../src/runs/record';
import { median } from './median';
import { sparseExperiments, type Network } from './sparseExperiments';
import { sparseTable, type SparseResult } from './sparseTable';

const repository = path.resolve(__dirname, '../../..');
const resultsFile = path.join(repository, 'out', 'sparse-runs.jsonl');
const evolving = ['staticSparse', 'set', 'snfs', 'rigl', 'snip', 'gradualMagnitude'];

interface Job {
  readonly network: Network;
  readonly method: string;
  readonly sparsity: number;
  readonly seed: number;
  readonly epochs: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      networks: { type: 'string', default: 'lenet,lenet-published,cnn,gru' },
      methods: { type: 'string', default: ['dense', ...evolving].join(',') },
      sparsities: { type: 'string' },
      seeds: { type: 'string', default: '3' },
      epochs: { type: 'string' },
      parallel: { type: 'string', default: String(os.cpus().length) },
    },
  });
  const done = readResults();
  const jobs = jobsOf(values).filter((job) => !done.some((result) => same(result, job)));
  const total = jobs.length;
  const work = async () => {
    for (let job = jobs.shift(); job; job = jobs.shift()) {
      const result = await run(job);
      done.push(result);
      fs.appendFileSync(resultsFile, `${JSON.stringify(result)}\n`);
      const { network, method, sparsity, epochs, seed, accuracy } = result;
      console.error(
        `${total - jobs.length}/${total} ${network} ${method} ${sparsity}, ${epochs} epochs, seed ${seed}: ${accuracy}`,
      );
    }
  };
  fs.mkdirSync(path.dirname(resultsFile), { recursive: true });
  await Promise.all(Array.from({ length: Number(values.parallel) }, work));
  console.log(
    `${os.cpus()[0]?.model ?? 'unknown processor'}, one thread a run, ${values.parallel} runs at a time\n`,
  );
  const tables = new Set(done.map(({ network, epochs }) => `${network} ${epochs}`));
  for (const table of tables)
    console.log(sparseTable(done.filter(({ network, epochs }) => `${network} ${epochs}` === table)));
}

function jobsOf(values: {
  networks: string;
  methods: string;
  seeds: string;
  sparsities?: string | undefined;
  epochs?: string | undefined;
}): Job[] {
  const jobs: Job[] = [];
  // Seed by seed, so that there is something of everything early.
  for (let seed = 0; seed < Number(values.seeds); seed++)
    for (const network of values.networks.split(',') as Network[])
      for (const method of values.methods.split(',')) {
        const reference = sparseExperiments[network];
        const sparsities = values.sparsities?.split(',').map(Number) ?? reference.sparsities;
        const epochs = Number(values.epochs ?? reference.epochs);
        for (const sparsity of method === 'dense' ? [0] : sparsities)
          jobs.push({ network, method, sparsity, seed, epochs });
      }
  return jobs;
}

function same(a: Job, b: Job): boolean {
  const keys = ['network', 'method', 'sparsity', 'seed', 'epochs'] as const;
  return keys.every((key) => a[key] === b[key]);
}

function readResults(): SparseResult[] {
  if (!fs.existsSync(resultsFile)) return [];
  const lines = fs.readFileSync(resultsFile, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as SparseResult);
}

/** One training in a trainer of its own, by the command line. */
async function run(job: Job): Promise<SparseResult> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lens-sparse-'));
  try {
    fs.mkdirSync(path.join(folder, '.vscode'));
    const reference = sparseExperiments[job.network];
    fs.writeFileSync(
      path.join(folder, 'reference.experiment.ts'),
      reference.source(sharedData(), job.epochs),
    );
    const set = ['--set', `method=${job.method}`, '--set', `sparsity=${job.sparsity}`];
    const args = ['run', 'reference.experiment.ts', ...set, '--seed', String(job.seed), '--backend', 'wasm'];
    const said = await command(folder, args);
    const runs = path.join(folder, '.compute-lens/runs');
    const directory = path.join(runs, fs.readdirSync(runs)[0] ?? '');
    const record = JSON.parse(fs.readFileSync(path.join(directory, 'run.json'), 'utf8')) as RunRecord;
    if (record.status !== 'finished') throw new Error(`${JSON.stringify(job)}: ${record.status}\n${said}`);
    const events = fs.readFileSync(path.join(directory, 'events.jsonl'), 'utf8').split('\n').map(parseEvent);
    const steps = events.flatMap((event) => (event?.type === 'step' ? [event.ms] : []));
    const { sparsity, evaluation, flops = NaN } = record.result ?? {};
    return {
      ...job,
      accuracy: evaluation?.[reference.metric] ?? NaN,
      density: sparsity?.density ?? 1,
      trainingShare: sparsity ? sparsity.trainingFlops / sparsity.denseTrainingFlops : 1,
      executedFlops: flops,
      stepMilliseconds: median(steps),
      seconds: steps.reduce((sum, ms) => sum + ms, 0) / 1000,
    };
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

void main();
