// `npm run bench`: prints the table of the README for this machine.
import os from 'node:os';
import { benchCounting, countedSizes, type Ratio } from './counting.bench';
import { benchRunFolders } from './runIndex.bench';
import { benchTelemetry } from './telemetry.bench';

const rounds = 5;

async function main(): Promise<void> {
  console.log(
    `${os.cpus()[0]?.model ?? 'unknown processor'}, ${os.cpus().length} cores, Node ${process.versions.node}\n`,
  );
  const t = benchTelemetry(rounds);
  const f = await benchRunFolders(rounds);
  const usual = await benchCounting(countedSizes.usual, rounds);
  const tiny = await benchCounting(countedSizes.tiny, rounds);
  const rows: [string, string][] = [
    [
      'training step, bare loop (784-256-128-10, batch 128, Adam, wasm)',
      `${t.bareMilliseconds.toFixed(2)} ms`,
    ],
    ['the same as a run, with all telemetry', `${t.runMilliseconds.toFixed(2)} ms`],
    [`ratio, median of ${rounds} pairs (lowest to highest)`, ratio(t)],
    ['recording one step with a metric, of the training step', `${f.recordMicroseconds.toFixed(1)} µs`],
    [
      `checkpoint of ${(t.checkpointBytes / 1e6).toFixed(1)} MB: training waits`,
      `${t.checkpointBlockedMilliseconds.toFixed(1)} ms`,
    ],
    [
      'from the command to the end of the first step, new run',
      `${(t.startMilliseconds / 1000).toFixed(2)} s`,
    ],
    ['the same, resumed from a checkpoint', `${(t.resumeMilliseconds / 1000).toFixed(2)} s`],
    ['list of 1,000 runs, first look', `${f.firstMilliseconds.toFixed(0)} ms`],
    ['list of 1,000 runs, looked at again', `${f.againMilliseconds.toFixed(0)} ms`],
    ['longest that the process could not answer meanwhile', `${f.heldUpMilliseconds.toFixed(0)} ms`],
    ['reading the events of a run', `${(f.tailEventsPerSecond / 1000).toFixed(0)},000 a second`],
    [
      `counting FLOPs once per shape: ratio to a step of ${usual.bareMilliseconds.toFixed(1)} ms`,
      ratio(usual.once),
    ],
    [`the same, a step of ${tiny.bareMilliseconds.toFixed(2)} ms`, ratio(tiny.once)],
    [
      `counting every step (${usual.kernels} kernels), a step of ${usual.bareMilliseconds.toFixed(1)} ms`,
      ratio(usual.each),
    ],
    [
      `the same (${tiny.kernels} kernels), a step of ${tiny.bareMilliseconds.toFixed(2)} ms`,
      ratio(tiny.each),
    ],
  ];
  console.log('| measured | |\n| --- | --- |');
  for (const [what, value] of rows) console.log(`| ${what} | ${value} |`);
}

function ratio({ ratio, ratios }: Ratio): string {
  return `${ratio.toFixed(3)} (${ratios[0]?.toFixed(3)} to ${ratios.at(-1)?.toFixed(3)})`;
}

void main();
