// `npm run bench:sparse-runs`: reference runs of sparse training, accuracy beside counted FLOPs and measured time. Takes
// hours on two cores; what is done is kept in out/sparse-runs.jsonl, and not done again.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { median } from './median';
import { repository, trainReference, type Job } from './referenceRun';
import { sparseExperiments, type Network } from './sparseExperiments';
import { sparseTable, type SparseResult } from './sparseTable';

const resultsFile = path.join(repository, 'out', 'sparse-runs.jsonl');
const evolving = ['staticSparse', 'set', 'snfs', 'rigl', 'snip', 'gradualMagnitude'];

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

async function run(job: Job): Promise<SparseResult> {
  const { record, events } = await trainReference(job);
  const steps = events.flatMap((event) => (event.type === 'step' ? [event.ms] : []));
  const { sparsity, evaluation, flops = NaN } = record.result ?? {};
  return {
    ...job,
    accuracy: evaluation?.[sparseExperiments[job.network].metric] ?? NaN,
    density: sparsity?.density ?? 1,
    trainingShare: sparsity ? sparsity.trainingFlops / sparsity.denseTrainingFlops : 1,
    executedFlops: flops,
    stepMilliseconds: median(steps),
    seconds: steps.reduce((sum, ms) => sum + ms, 0) / 1000,
  };
}

void main();
