// `npm run bench`: prints the table of the README for this machine.
import os from 'node:os';
import { benchCounting, countedSizes, type Ratio } from './counting.bench';
import { benchExtension, type ExtensionBench } from './extension.bench';
import { benchMasks } from './masks.bench';
import { quantile } from './median';
import { benchRunFolders } from './runIndex.bench';
import { benchRunPanel, runPanelRows } from './runPanel.bench';
import { benchRunsTable, runsTableRows } from './runsTable.bench';
import { benchTelemetry } from './telemetry.bench';
import { benchTraces } from './trace.bench';
import { benchTyping } from './typing.bench';
import { printEngines } from './engines';
import { printPredictions } from './prediction';

const rounds = 5;

async function main(): Promise<void> {
  console.log(
    `${os.cpus()[0]?.model ?? 'unknown processor'}, ${os.cpus().length} cores, Node ${process.versions.node}\n`,
  );
  await printEngines();
  console.log();
  await printPredictions();
  const t = benchTelemetry(rounds);
  const f = await benchRunFolders(rounds);
  const m = await benchMasks();
  const usual = await benchCounting(countedSizes.usual, rounds);
  const tiny = await benchCounting(countedSizes.tiny, rounds);
  const traced = await benchTraces(rounds);
  const typing = await benchTyping(20);
  const extension = await benchExtension(rounds);
  const panel = await benchRunPanel();
  const table = await benchRunsTable();
  const rows: [string, string][] = [
    ...extensionRows(extension),
    ...runPanelRows(panel),
    ...runsTableRows(table),
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
      `recording an update of ${m.millionWeights} million weights' masks, 10 % active`,
      `${m.recordMilliseconds.toFixed(0)} ms, ${(m.bytesPerUpdate / 1e6).toFixed(2)} MB`,
    ],
    [
      'such a mask at the step after, at any step: put together by the panel',
      `${m.nextMilliseconds.toFixed(0)} ms, ${m.farMilliseconds.toFixed(0)} ms`,
    ],
    ['painting it on 1200 x 800 pixels without a GPU', `${m.paintMilliseconds.toFixed(0)} ms`],
    [
      'reading an update of it, and longest that the process could not answer meanwhile',
      `${m.partMilliseconds.toFixed(1)} ms, ${m.heldUpMilliseconds.toFixed(0)} ms`,
    ],
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
    ['a tracer process starts', `${traced.startMilliseconds.toFixed(0)} ms`],
    ...traced.traces.map(({ name, params, ...times }): [string, string] => [
      `tracing a training step of ${name} (${(params / 1e6).toFixed(1)} M parameters), after an edit: bundle + trace (first time)`,
      `${times.bundleMilliseconds.toFixed(0)} + ${times.traceMilliseconds.toFixed(0)} ms (${times.firstMilliseconds.toFixed(0)} ms)`,
    ]),
    [`answering with ${traced.lenses} lenses`, `${traced.lensMilliseconds.toFixed(2)} ms`],
    [
      'from a key to a repainted lens in that ResNet-50, median and 95th percentile of 20',
      spread(typing.lenses),
    ],
    ['the same of an extension whose one lens is the number of edits', spread(typing.barest)],
    ['from a key to a repainted cost at the end of its line', spread(typing.hints)],
    [
      'extension host and tracer while nobody types, and of that extension',
      `${percent(typing.idleShare)} and ${percent(typing.barestIdleShare)} of a core`,
    ],
  ];
  console.log('| measured | |\n| --- | --- |');
  for (const [what, value] of rows) console.log(`| ${what} | ${value} |`);
}

function extensionRows(e: ExtensionBench): [string, string][] {
  const { day } = e;
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  return [
    ['the package that runs on every machine', megabytes(e.vsixBytes)],
    [`what the editor reads of it when it opens, in ${e.files} files`, `${(e.bytes / 1000).toFixed(0)} kB`],
    [
      'loading that, and activation as the editor measures it',
      `${e.loadMilliseconds.toFixed(0)} ms, ${e.activationMilliseconds} ms`,
    ],
    [
      `memory of a day of training at 10 steps a second (${day.events} events), followed and shown: before, after an hour, at the end`,
      [day.emptyBytes, day.hourBytes, day.dayBytes].map(megabytes).join(', '),
    ],
    ['the most points that a curve of that day is drawn with', String(day.mostPoints)],
    ['the process could not answer meanwhile: 99th percentile', `${day.heldUpMilliseconds.toFixed(0)} ms`],
  ];
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}

function spread(ascending: readonly number[]): string {
  return `${quantile(ascending, 0.5).toFixed(0)} ms, ${quantile(ascending, 0.95).toFixed(0)} ms`;
}

function ratio({ ratio, ratios }: Ratio): string {
  return `${ratio.toFixed(3)} (${ratios[0]?.toFixed(3)} to ${ratios.at(-1)?.toFixed(3)})`;
}

void main();
