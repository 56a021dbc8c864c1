import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseEvent } from '../../src/runs/event';
import { isAlive } from '../../src/runs/process';
import type { RunRecord } from '../../src/runs/record';
import { repository } from './window';

/** A throw-away folder to open in a window. */
export class Workspace {
  private readonly root = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'compute-lens-e2e-'));
  readonly folder: string;

  /** @param name of the folder that is opened, where that matters */
  constructor(name = '') {
    this.folder = path.join(this.root, name);
    fs.mkdirSync(this.folder, { recursive: true });
  }

  write(name: string, text: string): string {
    const file = path.join(this.folder, name);
    fs.writeFileSync(file, text);
    return file;
  }

  /** What `npm install --save-dev` of this package leaves: the editor then knows its types. */
  installTypes(): void {
    fs.mkdirSync(path.join(this.folder, 'node_modules'));
    fs.symlinkSync(repository, path.join(this.folder, 'node_modules', 'compute-lens'), 'junction');
  }

  /** A link to a folder elsewhere, under a name of this workspace. */
  link(name: string, target: string): string {
    fs.symlinkSync(target, path.join(this.folder, name), 'junction');
    return name;
  }

  /** The run folders, oldest first. */
  runs(): string[] {
    const parent = path.join(this.folder, '.compute-lens', 'runs');
    const names = fs.existsSync(parent) ? fs.readdirSync(parent) : [];
    const made = (name: string) => readRecord(path.join(parent, name))?.createdAt ?? '';
    return names
      .filter((name) => made(name) !== '')
      .sort((a, b) => made(a).localeCompare(made(b)))
      .map((name) => path.join(parent, name));
  }

  remove(): void {
    for (const run of this.runs()) {
      const attempt = readRecord(run)?.attempts.at(-1);
      try {
        if (attempt && isAlive(attempt)) process.kill(attempt.pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
    fs.rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

export function readRecord(run: string): RunRecord | undefined {
  try {
    return JSON.parse(fs.readFileSync(path.join(run, 'run.json'), 'utf8')) as RunRecord;
  } catch {
    return undefined;
  }
}

/** Last step recorded; 0 where none is. */
export function lastStep(run: string): number {
  const file = path.join(run, 'events.jsonl');
  if (!fs.existsSync(file)) return 0;
  const events = fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => parseEvent(line));
  return events.reduce((last, event) => (event?.type === 'step' ? event.step : last), 0);
}

/**
 * The quickstart on the real MNIST beside the repository.
 *
 * @returns undefined, said aloud, where a clone has none: `glyphs()` then stands in for it
 * @throws Error in continuous integration, which has it
 */
export function realMnist(): string | undefined {
  const folder = path.resolve(repository, '..', 'shared', 'data', 'mnist');
  if (fs.existsSync(folder)) return folder;
  if (process.env.CI === 'true')
    throw new Error(`${folder} is missing, and must be there in continuous integration`);
  console.warn(`      NOTE: ${folder} is not there; the quickstart trains on glyphs() instead.`);
  return undefined;
}

/** The quickstart's own text, with other defaults. */
export function quickstart(params: { readonly epochs: number; readonly dataDir?: string }): string {
  const file = path.join(repository, 'examples', 'quickstart', 'quickstart.experiment.ts');
  const text = fs.readFileSync(file, 'utf8');
  const replaced = (from: string, to: string) => (changing: string) => {
    if (!changing.includes(from)) throw new Error(`the quickstart no longer has "${from}"`);
    return changing.replace(from, to);
  };
  const withEpochs = replaced('epochs: 4', `epochs: ${params.epochs}`)(text);
  return replaced("dataDir: ''", `dataDir: '${params.dataDir ?? ''}'`)(withEpochs);
}
