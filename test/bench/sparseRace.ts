// `npm run bench:sparse-race [-- --network lenet --target 0.97 --epochs 10 --seeds 3]`: seconds of training until a network is
// first seen to have an accuracy on MNIST's test data, dense and sparse, one run at a time and in turns. It is the time by the clock
// from the first step on, with updates of masks and recording; only evaluations, which ask every so many steps, are out.
import os from 'node:os';
import { parseArgs } from 'node:util';
import type { RunEvent } from '../../src/runs/event';
import { median } from './median';
import { trainReference, type Job } from './referenceRun';
import { sparseExperiments, type Network } from './sparseExperiments';

type Side = Pick<Job, 'method' | 'sparsity'>;

interface Arrival {
  readonly seconds: number;
  readonly step: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      network: { type: 'string', default: 'lenet' },
      target: { type: 'string', default: '0.97' },
      epochs: { type: 'string', default: '10' },
      every: { type: 'string', default: '200' },
      seeds: { type: 'string', default: '3' },
      methods: { type: 'string', default: 'staticSparse,rigl' },
      sparsities: { type: 'string', default: '0.9,0.95' },
    },
  });
  const target = Number(values.target);
  const network = values.network as Network;
  const sides: Side[] = [{ method: 'dense', sparsity: 0 }];
  for (const method of values.methods.split(','))
    for (const sparsity of values.sparsities.split(',')) sides.push({ method, sparsity: Number(sparsity) });
  const arrivals = sides.map((): (Arrival | undefined)[] => []);
  const stop = `stopWhen: ({ evaluations }) => (evaluations.at(-1)?.metrics.acc ?? 0) >= ${target},`;
  for (let seed = 0; seed < Number(values.seeds); seed++)
    for (const [i, side] of sides.entries()) {
      const job: Job = { network, ...side, seed, epochs: Number(values.epochs) };
      const { events } = await trainReference(job, `evaluateEvery: ${Number(values.every)}, ${stop}`);
      const arrival = arrivalAt(events, target);
      arrivals[i]?.push(arrival);
      const said = arrival ? `${arrival.seconds.toFixed(2)} s, step ${arrival.step}` : 'never';
      console.error(`${nameOf(side)}, seed ${seed}: ${said}`);
    }
  const percent = (100 * target).toFixed(1);
  console.log(
    `${os.cpus()[0]?.model ?? 'unknown processor'}, one thread; ${sparseExperiments[network].title}, until ${percent} % are seen, ` +
      `median of ${values.seeds} seeds, measured\n`,
  );
  const dense = summary(arrivals[0] ?? []);
  console.log('| training | seconds | steps | times sooner than dense |\n| --- | --- | --- | --- |');
  for (const [i, side] of sides.entries()) {
    const own = summary(arrivals[i] ?? []);
    const cells = own
      ? [
          own.seconds.toFixed(2),
          String(own.step),
          dense ? `${(dense.seconds / own.seconds).toFixed(1)}x` : '',
        ]
      : [`not within ${values.epochs} epochs`, '', ''];
    console.log(`| ${[nameOf(side), ...cells].join(' | ')} |`);
  }
}

function nameOf({ method, sparsity }: Side): string {
  return method === 'dense' ? method : `\`${method}\`, ${Math.round(100 * sparsity)} %`;
}

/** When an evaluation first showed the accuracy; undefined: none did. */
function arrivalAt(events: readonly RunEvent[], target: number): Arrival | undefined {
  let begin = NaN;
  let evaluated = 0;
  for (const event of events) {
    if (event.type === 'start') begin = event.t;
    if (event.type !== 'eval') continue;
    evaluated += event.ms;
    if ((event.metrics.acc ?? 0) >= target)
      return { seconds: (event.t - begin - evaluated) / 1000, step: event.step };
  }
  return undefined;
}

/** Medians, where every seed got there. */
function summary(arrivals: readonly (Arrival | undefined)[]): Arrival | undefined {
  const there = arrivals.filter((each) => each !== undefined);
  if (there.length === 0 || there.length < arrivals.length) return undefined;
  return {
    seconds: median(there.map(({ seconds }) => seconds)),
    step: median(there.map(({ step }) => step)),
  };
}

void main();
