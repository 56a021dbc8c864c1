import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseEvent, type EventOf, type RunEvent } from '../../../src/runs/event';
import type { RunRecord } from '../../../src/runs/record';

const repository = path.resolve(__dirname, '../../../..');
export const cli = path.join(repository, 'dist/cli.js');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A throw-away workspace in which the real command line is run. */
export class TestWorkspace {
  readonly folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'lens-work-'));

  constructor() {
    fs.mkdirSync(path.join(this.folder, '.vscode'));
  }

  write(name: string, text: string): string {
    const file = path.join(this.folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    return file;
  }

  spawn(args: readonly string[], env: NodeJS.ProcessEnv = {}, uid?: number): ChildProcess {
    return spawn(process.execPath, [cli, ...args], {
      cwd: this.folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(uid !== undefined && { uid, gid: uid }),
    });
  }

  async run(args: readonly string[], env: NodeJS.ProcessEnv = {}, uid?: number): Promise<Finished> {
    return finished(this.spawn(args, env, uid));
  }

  /** Folders of runs, oldest first, once they hold a record: the folder itself is made a moment before. */
  runs(): string[] {
    const parent = path.join(this.folder, '.compute-lens/runs');
    if (!fs.existsSync(parent)) return [];
    return fs
      .readdirSync(parent)
      .map((name) => path.join(parent, name))
      .filter((run) => fs.existsSync(path.join(run, 'run.json')))
      .sort((a, b) => fs.statSync(a).birthtimeMs - fs.statSync(b).birthtimeMs);
  }

  lastRun(): string {
    const last = this.runs().at(-1);
    if (!last) throw new Error('no run was made');
    return last;
  }

  remove(): void {
    for (const run of this.runs()) {
      try {
        const last = readRun(run).attempts.at(-1);
        if (last && last.outcome === undefined) process.kill(last.pid, 'SIGKILL');
      } catch {
        // It is gone already.
      }
    }
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function finished(child: ChildProcess): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}

export function readRun(directory: string): RunRecord {
  return JSON.parse(fs.readFileSync(path.join(directory, 'run.json'), 'utf8')) as RunRecord;
}

export function readEvents(directory: string): RunEvent[] {
  const file = path.join(directory, 'events.jsonl');
  if (!fs.existsSync(file)) return [];
  return fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => parseEvent(line) ?? []);
}

export function eventsOf<T extends RunEvent['type']>(directory: string, type: T): EventOf<T>[] {
  return readEvents(directory).filter((event): event is EventOf<T> => event.type === type);
}

/** Loss of every step, the last attempt's word counting; as float bits, so that equal means bit-identical. */
export function losses(directory: string): Map<number, number> {
  return new Map(eventsOf(directory, 'step').map((event) => [event.step, event.loss]));
}

/** Resolves as soon as `condition` holds; fails after `seconds`. */
export async function until(condition: () => boolean, what: string, seconds = 30): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** An experiment on 1,024 glyphs with dropout, so that every kind of randomness takes part; 32 steps an epoch. */
export function tinyExperiment(
  extra = '',
  optimizer = `({ tf, params }) => tf.train.adam(params.lr)`,
): string {
  return `import { defineExperiment, glyphs } from 'compute-lens';
export default defineExperiment({
  name: 'tiny',
  seed: 7,
  params: { lr: 1e-3, label: 'x', flag: false },
  data: glyphs({ train: 1024, test: 256, shape: 'flat' }),
  model: ({ tf, inputShape }) =>
    tf.sequential({
      layers: [
        tf.layers.dense({ inputShape, units: 16, activation: 'relu' }),
        tf.layers.dropout({ rate: 0.25 }),
        tf.layers.batchNormalization({}),
        tf.layers.dense({ units: 10, activation: 'softmax' }),
      ],
    }),
  optimizer: ${optimizer},
  loss: 'categoricalCrossentropy',
  metrics: ['accuracy'],
  batchSize: 32,
  epochs: 2,
  ${extra}
});
`;
}
