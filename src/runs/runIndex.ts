import type { Dirent } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { aboutFile, readAbout, type RunAbout } from './about';
import { runFiles, runsFolder, type RunRecord, type RunStatus } from './record';
import { readRecord } from './recordFile';
import { isLive } from './standing';
import { runStatus } from './status';

/** A run as lists show it: its record, or what kept it from being read. */
export interface RunSummary {
  readonly id: string;
  readonly directory: string;
  readonly record?: RunRecord;
  readonly status?: RunStatus;
  readonly problem?: string;
  /** What the user said about it; absent where nothing was said, or where that cannot be read. */
  readonly about?: RunAbout;
}

/** Files looked at side by side: enough to keep a disk busy, too few to fill the thread pool's queue. */
const sideBySide = 16;
/** As many as a view shows at once. */
const aScreen = 100;
/** A folder that is being made has no record yet for a moment. */
const makingMilliseconds = 10_000;
const watchMilliseconds = 1000;
/** Runs that have ended change only when somebody resumes them: they are looked at in turns, so many at once. */
const turns = 10;
const mostInTurn = 250;

interface Known {
  readonly stamp: string;
  readonly summary: RunSummary;
  /** Tells the place of a run that waits from another one. */
  readonly placeStamp?: string | undefined;
}

/** The runs of some workspaces. Remembers what it has read and reads again only what has changed. */
export class RunIndex {
  private known = new Map<string, Known>();

  /** @param workspaces absolute folders */
  constructor(private readonly workspaces: readonly string[]) {}

  /**
   * All runs, newest first. Files are read asynchronously, a few at a time.
   *
   * @param onNewest at the first look at very many runs, is told the newest ones while the others are being read
   */
  async refresh(onNewest?: (some: RunSummary[]) => void): Promise<RunSummary[]> {
    const directories = await this.directories();
    const known = new Map<string, Known>();
    const lookAt = (some: readonly string[]) =>
      eachOf(some, async (directory) => {
        const one = await this.look(directory);
        if (one) known.set(directory, one);
      });
    const listed = () => [...known.values()].map(({ summary }) => summary).sort(newestFirst);
    if (onNewest && this.known.size === 0 && directories.length > 4 * aScreen) {
      // Their names begin with the time that they were made at.
      directories.sort((a, b) => (path.basename(a) < path.basename(b) ? 1 : -1));
      await lookAt(directories.splice(0, aScreen));
      onNewest(listed());
    }
    await lookAt(directories);
    this.known = known;
    return listed();
  }

  /**
   * Calls back when {@link refresh} would find something else. Looks at the list of folders and at live runs every
   * second and at all others in turns, which also works where the system cannot watch, as on network disks.
   */
  watch(onChange: () => void): { dispose(): void } {
    let disposed = false;
    let timer: NodeJS.Timeout | undefined;
    let looks = 0;
    const next = () => {
      if (disposed) return;
      timer = setTimeout(() => {
        void this.changed(++looks).then(
          (changed) => {
            if (changed && !disposed) onChange();
            next();
          },
          () => next(),
        );
      }, watchMilliseconds);
    };
    next();
    return {
      dispose() {
        disposed = true;
        clearTimeout(timer);
      },
    };
  }

  private async changed(turn: number): Promise<boolean> {
    const directories = await this.directories();
    const known = this.known;
    const every = Math.max(turns, Math.ceil(directories.length / mostInTurn));
    let found = 0;
    const due = directories.filter((directory, i) => {
      const before = known.get(directory);
      if (before) found++;
      const status = before?.summary.status;
      return !before || i % every === turn % every || isLive(status) || status === 'queued';
    });
    if (found !== known.size) return true;
    let changed = false;
    await eachOf(due, async (directory) => {
      if (changed) return;
      const before = known.get(directory);
      const now = await stampOf(directory);
      if ((now?.stamp ?? '') !== (before?.stamp ?? '')) changed = true;
      else if (before?.summary.status === 'queued')
        changed ||= (await placeStampOf(directory)) !== before.placeStamp;
      else if (before?.summary.record && isLive(before.summary.status))
        changed ||= (await runStatus(directory, before.summary.record)) !== before.summary.status;
    });
    return changed;
  }

  private async directories(): Promise<string[]> {
    const lists = this.workspaces.map(async (workspace) => {
      const parent = path.join(workspace, runsFolder);
      const entries = await fs.readdir(parent, { withFileTypes: true }).catch((): Dirent[] => []);
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => `${parent}${path.sep}${name}`);
    });
    return (await Promise.all(lists)).flat();
  }

  private async look(directory: string): Promise<Known | undefined> {
    const id = path.basename(directory);
    const found = await stampOf(directory);
    const before = this.known.get(directory);
    if (found === undefined) {
      const made = await fs.stat(directory).catch(() => undefined);
      if (!made || Date.now() - made.mtimeMs < makingMilliseconds) return undefined;
      const problem = `${runFiles.record} is missing`;
      return { stamp: '', summary: { id, directory, problem } };
    }
    const { stamp, hasAbout } = found;
    const unchanged = before?.stamp === stamp ? before.summary : undefined;
    const about = unchanged || !hasAbout ? unchanged?.about : await readAbout(directory).catch(() => ({}));
    const said = about && Object.keys(about).length > 0 ? { about } : {};
    try {
      const record = unchanged?.record ?? (await readRecord(directory));
      const status = await runStatus(directory, record);
      const same = unchanged?.record !== undefined && unchanged.status === status;
      const summary = same ? unchanged : { id, directory, record, status, ...said };
      return status === 'queued'
        ? { stamp, summary, placeStamp: await placeStampOf(directory) }
        : { stamp, summary };
    } catch (error) {
      return { stamp, summary: { id, directory, problem: (error as Error).message, ...said } };
    }
  }
}

/**
 * The run that is meant by its id, a part of it that only one has, or "last".
 *
 * @throws Error that names what there is instead
 */
export async function findRun(workspace: string, idOrPart: string): Promise<RunSummary> {
  const runs = await new RunIndex([workspace]).refresh();
  const [newest] = runs;
  if (!newest) throw new Error(`There are no runs in ${path.join(workspace, runsFolder)} yet.`);
  if (idOrPart === 'last') return newest;
  const exact = runs.find((run) => run.id === idOrPart);
  if (exact) return exact;
  const starting = runs.filter((run) => run.id.startsWith(idOrPart));
  const matching = starting.length > 0 ? starting : runs.filter((run) => run.id.includes(idOrPart));
  if (matching.length === 1 && matching[0]) return matching[0];
  const shown = (matching.length > 0 ? matching : runs).slice(0, 5).map((run) => `  ${run.id}`);
  throw new Error(
    matching.length > 0
      ? `"${idOrPart}" means ${matching.length} runs; say more of the id:\n${shown.join('\n')}`
      : `There is no run "${idOrPart}". The newest are:\n${shown.join('\n')}`,
  );
}

/** Tells a record, with what was said about it, from another; undefined where there is no record. */
async function stampOf(directory: string): Promise<{ stamp: string; hasAbout: boolean } | undefined> {
  const [record, about] = await Promise.all(
    [runFiles.record, aboutFile].map((name) => fileStamp(path.join(directory, name))),
  );
  return record === undefined
    ? undefined
    : { stamp: `${record} ${about ?? ''}`, hasAbout: about !== undefined };
}

function placeStampOf(directory: string): Promise<string | undefined> {
  return fileStamp(path.join(directory, runFiles.place));
}

async function fileStamp(file: string): Promise<string | undefined> {
  try {
    const { mtimeMs, size, ino } = await fs.stat(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return undefined;
  }
}

function newestFirst(a: RunSummary, b: RunSummary): number {
  const time = (run: RunSummary) => run.record?.createdAt ?? '';
  const [left, right] = [time(a), time(b)];
  // ISO 8601, so that the order of characters is that of time; and thousands of comparisons are quick.
  if (left !== right) return left < right ? 1 : -1;
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await work(items[next++] as T);
  };
  await Promise.all(Array.from({ length: Math.min(sideBySide, items.length) }, worker));
}
