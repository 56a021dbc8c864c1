import * as v from 'valibot';
import { energyPartSchema } from './energy';

/** A measured number. JSON has no NaN or infinity, so these travel as text. */
const measured = v.union([
  v.number(),
  v.pipe(
    v.picklist(['NaN', 'Infinity', '-Infinity']),
    v.transform((text) => Number(text)),
  ),
]);
const measures = v.record(v.string(), measured);

const common = {
  /** Milliseconds since the Unix epoch. */
  t: v.number(),
  /** The attempt that wrote the line. */
  attempt: v.number(),
};

/** What the kernels of one part of a step did, added up; see cost/work.ts. */
const work = v.object({
  kernels: v.number(),
  macs: v.number(),
  paddedMacs: v.number(),
  elementwiseFlops: v.number(),
  bytesMoved: v.number(),
  unusedMacs: v.number(),
  /** Kernels without a count, by name. */
  uncovered: v.record(v.string(), v.number()),
});
const phaseWork = v.object({ forward: work, backward: work, optimizer: work, data: work });

/**
 * One line of `events.jsonl`. Steps count from 1 over the whole run, epochs from 0. After a resume an attempt may
 * record a step again that a killed one had recorded: the later line counts.
 */
export const runEventSchema = v.variant('type', [
  v.object({
    type: v.literal('start'),
    ...common,
    fromStep: v.number(),
    backend: v.string(),
    /** Count that the attempt goes on from, which its checkpoint has. */
    flops: v.optional(v.number()),
  }),
  v.object({
    type: v.literal('step'),
    ...common,
    step: v.number(),
    epoch: v.number(),
    loss: measured,
    metrics: v.optional(measures),
    /** Duration of the step in milliseconds: batch, forward, backward, update. */
    ms: v.number(),
    /** Of the run up to here, counted from the kernels that were run: see `work`. */
    flops: v.optional(v.number()),
  }),
  v.object({
    type: v.literal('work'),
    ...common,
    step: v.number(),
    /** Shapes and types of the batch. */
    signature: v.string(),
    /** What this step did, as one with these shapes does: forward, backward, optimizer and data apart. */
    work: phaseWork,
  }),
  v.object({
    type: v.literal('eval'),
    ...common,
    step: v.number(),
    epoch: v.number(),
    /** Includes `loss`. */
    metrics: measures,
    examples: v.optional(v.number()),
    ms: v.number(),
    /** Of this evaluation, counted. */
    flops: v.optional(v.number()),
  }),
  v.object({
    type: v.literal('epoch'),
    ...common,
    step: v.number(),
    epoch: v.number(),
    metrics: v.optional(measures),
  }),
  v.object({
    type: v.literal('checkpoint'),
    ...common,
    step: v.number(),
    /** Folder name under `checkpoints/`. */
    name: v.string(),
    bytes: v.number(),
    ms: v.number(),
  }),
  v.object({
    type: v.literal('masks'),
    ...common,
    step: v.number(),
    /** Sparse weights in the order of `masks.bin`, which has the masks themselves. */
    weights: v.array(v.object({ name: v.string(), active: v.number(), size: v.number() })),
    /** How often the masks were updated so far; 0 for those that training began with. */
    updates: v.number(),
  }),
  v.object({
    type: v.literal('energy'),
    ...common,
    step: v.number(),
    /** Of this attempt from its beginning on. */
    parts: v.array(energyPartSchema),
    /** Of the process that trains, now: measured. */
    memoryBytes: v.optional(v.number()),
  }),
  v.object({
    type: v.literal('memory'),
    ...common,
    step: v.number(),
    /** Resident set of the process, measured. */
    bytes: v.number(),
  }),
  v.object({ type: v.literal('warning'), ...common, message: v.string() }),
  v.object({
    type: v.literal('end'),
    ...common,
    step: v.number(),
    outcome: v.picklist(['finished', 'stopped', 'failed']),
    message: v.optional(v.string()),
  }),
]);
export type RunEvent = v.InferOutput<typeof runEventSchema>;
export type EventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/** An event as its writer gives it: time and attempt are added by the run folder. */
export type NewEvent = RunEvent extends infer E
  ? E extends RunEvent
    ? Omit<E, 't' | 'attempt'>
    : never
  : never;

/** Text of one event, newline included. */
export function formatEvent(event: RunEvent): string {
  return `${JSON.stringify(event, (_key, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  )}\n`;
}

/** The event of one line, or undefined where the line is torn, foreign or of a later version. */
export function parseEvent(line: string): RunEvent | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch {
    return undefined;
  }
  const step = plainStep(raw);
  if (step) return step;
  const result = v.safeParse(runEventSchema, raw);
  return result.success ? result.output : undefined;
}

/**
 * Most lines of a long run are steps of plain numbers. This says of those what the schema says, at a tenth of the time;
 * undefined where the schema has to look.
 */
function plainStep(raw: unknown): EventOf<'step'> | undefined {
  if ((raw as { type?: unknown } | null)?.type !== 'step') return undefined;
  const { t, attempt, step, epoch, loss, metrics, ms, flops } = raw as EventOf<'step'>;
  const plain =
    [t, attempt, step, epoch, loss, ms, flops ?? 0].every(isNumber) &&
    flops !== null &&
    (metrics === undefined || hasNumbersOnly(metrics));
  if (!plain) return undefined;
  const event: EventOf<'step'> = { type: 'step', t, attempt, step, epoch, loss, ms };
  if (metrics !== undefined) event.metrics = metrics;
  if (flops !== undefined) event.flops = flops;
  return event;
}

function hasNumbersOnly(values: unknown): boolean {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return false;
  for (const name in values) if (!isNumber((values as Record<string, unknown>)[name])) return false;
  return true;
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number';
}
