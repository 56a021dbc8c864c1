import fs from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { energyPartSchema } from './energy';
import { EventTail } from './tail';
import { RunHistory } from './history';
import { backendNames, runFiles, type RunRecord, type RunStatus } from './record';
import { replaceFile } from './replaceFile';
import { UsageReader } from './usage';

/** Worked out from the other files of the folder, and made again should it be deleted. */
const digestFile = 'digest.json';

const measured = v.union([
  v.number(),
  v.pipe(
    v.picklist(['NaN', 'Infinity', '-Infinity']),
    v.transform((text) => Number(text)),
  ),
]);

const curveEndsSchema = v.object({
  last: measured,
  /** Of the finite values; absent where there is none. */
  lowest: v.optional(v.number()),
  highest: v.optional(v.number()),
});
/** Where a curve ended, and its extremes. */
export type CurveEnds = v.InferOutput<typeof curveEndsSchema>;

const usageSchema = v.object({
  number: v.number(),
  outcome: v.picklist(['queued', 'starting', 'running', 'finished', 'stopped', 'failed', 'crashed']),
  backend: v.fallback(v.optional(v.picklist(backendNames)), undefined),
  seconds: v.number(),
  steps: v.number(),
  trainingFlops: v.optional(v.number()),
  evaluationFlops: v.optional(v.number()),
  energy: v.array(energyPartSchema),
  unmeteredSeconds: v.number(),
});

const digestSchema = v.object({
  schema: v.literal(1),
  /** Sizes and times of the files that it was made of. */
  of: v.string(),
  step: v.number(),
  curves: v.record(v.string(), curveEndsSchema),
  attempts: v.array(usageSchema),
});

/** What lists of many runs say of one: so little that nobody has to read its events for it. */
export interface RunDigest {
  /** Last step trained, counted from 1. */
  readonly step: number;
  /** By key: `train/loss`, `test/accuracy`, ... */
  readonly curves: Readonly<Record<string, CurveEnds>>;
  readonly attempts: ReturnType<UsageReader['usage']>;
}

/** What a history and the use of a run come to. */
export function digestOf(
  history: RunHistory,
  usage: UsageReader,
  record: RunRecord,
  status: RunStatus,
  now: number,
): RunDigest {
  const curves: Record<string, CurveEnds> = {};
  for (const [key, series] of history.series) {
    const last = history.latest[key];
    if (last !== undefined) curves[key] = { last, ...extremes([last], series.points().y) };
  }
  return { step: history.step, curves, attempts: usage.usage(record, status, now) };
}

/**
 * The digest of a run that no process is at work on: the one that is kept in its folder, or a new one, which is then
 * kept. Where the folder cannot be written, it is made again each time.
 */
export async function readDigest(
  directory: string,
  record: RunRecord,
  status: RunStatus,
): Promise<RunDigest> {
  const of = await stampOf(directory);
  const kept = await keptDigest(directory);
  if (kept?.of === of) return { step: kept.step, curves: kept.curves, attempts: kept.attempts.map(known) };
  const digest = await makeDigest(directory, record, status);
  const text = JSON.stringify({ schema: 1, of, ...digest }, (_key, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
  // Written for the next reader only: what stands in the way of it is no matter now.
  await replaceFile(path.join(directory, digestFile), text).catch(() => undefined);
  return digest;
}

async function makeDigest(directory: string, record: RunRecord, status: RunStatus): Promise<RunDigest> {
  let history = new RunHistory();
  let usage = new UsageReader();
  const tail = new EventTail(directory, {
    events: (batch) => {
      for (const event of batch) {
        history.add(event);
        usage.add(event);
      }
    },
    reset: () => {
      history = new RunHistory();
      usage = new UsageReader();
    },
    gone: () => undefined,
  });
  try {
    await tail.poll();
  } finally {
    tail.dispose();
  }
  return digestOf(history, usage, record, status, Date.now());
}

async function keptDigest(directory: string) {
  try {
    const text = await fs.readFile(path.join(directory, digestFile), 'utf8');
    const result = v.safeParse(digestSchema, JSON.parse(text));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

async function stampOf(directory: string): Promise<string> {
  const stamps = [runFiles.record, runFiles.events].map((name) =>
    fs.stat(path.join(directory, name)).then(
      ({ size, mtimeMs }) => `${size} ${mtimeMs}`,
      () => 'none',
    ),
  );
  return (await Promise.all(stamps)).join(', ');
}

function known(attempt: v.InferOutput<typeof usageSchema>): RunDigest['attempts'][number] {
  const { backend, trainingFlops, evaluationFlops } = attempt;
  return { ...attempt, backend, trainingFlops, evaluationFlops };
}

function extremes(...lists: readonly ArrayLike<number>[]): Pick<CurveEnds, 'lowest' | 'highest'> {
  let lowest = Infinity;
  let highest = -Infinity;
  for (const values of lists)
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (!Number.isFinite(value)) continue;
      lowest = Math.min(lowest, value);
      highest = Math.max(highest, value);
    }
  return lowest > highest ? {} : { lowest, highest };
}
