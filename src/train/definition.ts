import path from 'node:path';
import * as v from 'valibot';
import type { Every, Experiment } from '../api/experiment';
import { budgetSchema } from '../runs/budget';
import type { ParamValue, Params } from '../runs/record';
import { paramValueSchema } from '../runs/record';
import type { SparsityMethod } from '../sparse';
import { ExperimentError } from './experimentError';

const count = (what: string) =>
  v.pipe(
    v.number(`${what} must be a number`),
    v.check(
      (n) => Number.isInteger(n) && n > 0,
      (issue) => `${what} must be a whole number above 0, not ${issue.received}`,
    ),
  );
const every = (what: string) =>
  v.union([v.literal('epoch'), count(what)], `${what} must be 'epoch' or a whole number of steps above 0`);
const functionOr = <T extends v.GenericSchema>(schema: T) => v.union([v.function(), schema]);
const lossOrMetric = v.union([v.string(), v.function()]);

/** What an experiment file may say; messages name the field. Unknown fields are refused: a typo loses a night. */
const definitionSchema = v.strictObject({
  name: v.optional(v.pipe(v.string('name must be a text'), v.minLength(1, 'name must not be empty'))),
  seed: v.optional(v.pipe(v.number('seed must be a number'), v.safeInteger('seed must be a whole number'))),
  params: v.optional(
    v.record(v.string(), paramValueSchema, 'params must be an object of numbers, texts and booleans'),
  ),
  data: v.custom(
    (value) => typeof value === 'function' || (typeof value === 'object' && value !== null),
    'data must be a source such as glyphs() or idx(folder), a tf.data.Dataset, or a function that returns one',
  ),
  model: v.function('model must be a function that returns a tf.LayersModel'),
  optimizer: v.optional(
    v.custom(
      (value) => ['string', 'function', 'object'].includes(typeof value) && value !== null,
      'optimizer must be a name, an optimizer or a function that makes one',
    ),
  ),
  learningRate: v.optional(v.function('learningRate must be a function of the step')),
  loss: v.optional(
    v.union([lossOrMetric, v.array(lossOrMetric)], 'loss must be a name, a function, or one per output'),
  ),
  metrics: v.optional(v.array(lossOrMetric, 'metrics must be a list of names or functions')),
  step: v.optional(v.function('step must be a function')),
  evaluate: v.optional(v.function('evaluate must be a function')),
  sparsity: v.optional(
    v.custom(
      (value) => typeof value === 'function' || isSparsity(value),
      'sparsity must be what rigl(), staticSparse() or another method of this package returns, or a function that returns it',
    ),
  ),
  batchSize: v.optional(functionOr(count('batchSize'))),
  epochs: v.optional(functionOr(count('epochs'))),
  evaluateEvery: v.optional(every('evaluateEvery')),
  checkpointEvery: v.optional(every('checkpointEvery')),
  keepCheckpoints: v.optional(count('keepCheckpoints')),
  budget: v.optional(budgetSchema),
  stopWhen: v.optional(v.function('stopWhen must be a function')),
});

/** An experiment with every default filled in and every outside value applied. */
export interface Definition {
  readonly experiment: Experiment;
  readonly file: string;
  readonly name: string;
  readonly seed: number;
  readonly params: Params;
  readonly evaluateEvery: Every;
  readonly checkpointEvery: Every;
  /** Checkpoints also fall due by the clock, unless the experiment says how often. */
  readonly checkpointByTime: boolean;
  readonly keepCheckpoints: number;
}

/**
 * Checks an experiment and applies parameters and seed from outside.
 *
 * @throws ExperimentError that names the field and what was expected
 */
export function resolveDefinition(
  experiment: Experiment,
  file: string,
  overrides: { params: Params; seed?: number | undefined },
): Definition {
  const checked = v.safeParse(definitionSchema, experiment);
  if (!checked.success) {
    const issue = checked.issues[0];
    const field = v.getDotPath(issue) ?? '';
    const unknown = issue.type === 'strict_object' && issue.expected === 'never';
    const required = issue.received === 'undefined';
    const message = unknown
      ? `"${field}" is not a field of an experiment; there are ${Object.keys(definitionSchema.entries).join(', ')}`
      : required
        ? `"${field}" is missing`
        : issue.message;
    const [name] = field.split('.');
    throw new ExperimentError(`In defineExperiment: ${message}.`, { file, ...(name && { field: name }) });
  }
  if (experiment.loss === undefined && experiment.step === undefined)
    throw new ExperimentError('In defineExperiment: "loss" is missing (or "step", which replaces it).', {
      file,
    });
  const baseName = path.basename(file).replace(/\.experiment\.[cm]?[jt]s$/, '');
  return {
    experiment,
    file,
    name: experiment.name ?? baseName,
    seed: overrides.seed ?? experiment.seed ?? 0,
    params: applyParams(experiment.params ?? {}, overrides.params, file),
    evaluateEvery: experiment.evaluateEvery ?? 'epoch',
    checkpointEvery: experiment.checkpointEvery ?? 'epoch',
    checkpointByTime: experiment.checkpointEvery === undefined,
    keepCheckpoints: experiment.keepCheckpoints ?? 3,
  };
}

/** Declared parameters with the values from outside, which must exist and have the default's type. */
function applyParams(defaults: Params, overrides: Params, file: string): Params {
  const params: Params = { ...defaults };
  for (const [name, value] of Object.entries(overrides)) {
    const fallback = defaults[name];
    if (fallback === undefined) {
      const known = Object.keys(defaults).join(', ') || 'none';
      throw new ExperimentError(`There is no parameter "${name}"; this experiment declares: ${known}.`, {
        file,
      });
    }
    params[name] = coerce(name, value, fallback, file);
  }
  return params;
}

function coerce(name: string, value: ParamValue, fallback: ParamValue, file: string): ParamValue {
  const wrong = (expected: string) =>
    new ExperimentError(`Parameter "${name}" must be ${expected}, not "${String(value)}".`, { file });
  switch (typeof fallback) {
    case 'string':
      return String(value);
    case 'boolean':
      if (value === true || value === 'true') return true;
      if (value === false || value === 'false') return false;
      throw wrong('true or false');
    default: {
      const number = typeof value === 'string' && value.trim() === '' ? NaN : Number(value);
      if (typeof value === 'boolean' || !Number.isFinite(number)) throw wrong('a number');
      return number;
    }
  }
}

/** The value of a field that may be a function of the context. */
export function evaluateField<T>(field: T | ((context: never) => T), context: unknown): T {
  return typeof field === 'function' ? (field as (context: unknown) => T)(context) : field;
}

/** Whether a value is what `rigl` and the like return. */
export function isSparsity(value: unknown): value is SparsityMethod {
  return typeof value === 'object' && value !== null && 'method' in value && 'keepDense' in value;
}

/** A whole number above 0 that a function returned. */
export function checkedCount(value: unknown, what: string, file: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
  const message = `${what} must be a whole number above 0, not ${String(value)}.`;
  throw new ExperimentError(message, { file, field: what });
}
