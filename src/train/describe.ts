import * as v from 'valibot';
import { paramValueSchema, type Params } from '../runs/record';
import { ExperimentError } from './experimentError';
import type { LaunchSettings } from './launch';
import { runTrainerTool } from './trainerTool';

export { ExperimentError };

/** What an experiment file declares, as far as it can be known without its data and model. */
export interface ExperimentDescription {
  readonly name: string;
  readonly seed: number;
  readonly params: Params;
  readonly epochs?: number | undefined;
  readonly batchSize?: number | undefined;
}

const descriptionSchema = v.object({
  name: v.string(),
  seed: v.number(),
  params: v.record(v.string(), paramValueSchema),
  epochs: v.optional(v.number()),
  batchSize: v.optional(v.number()),
});
const failureSchema = v.object({
  error: v.object({
    message: v.string(),
    file: v.optional(v.string()),
    line: v.optional(v.number()),
    column: v.optional(v.number()),
  }),
});

const limitMilliseconds = 30_000;

/**
 * Runs the top level of an experiment file in a process of its own and returns what it declares.
 *
 * @throws ExperimentError with the user's own file and line
 */
export async function describeExperiment(
  file: string,
  settings: LaunchSettings & { workspace: string },
): Promise<ExperimentDescription> {
  const tool = await runTrainerTool({
    verb: 'describe',
    argument: file,
    folders: [settings.workspace, ...settings.packageFolders],
    node: settings.node,
    limitMilliseconds,
  });
  throwFailure(tool.answer, file);
  const description = v.safeParse(descriptionSchema, tool.answer);
  if (description.success) return description.output;
  const why = tool.timedOut
    ? `its top level did not end within ${limitMilliseconds / 1000} s`
    : `reading it ended with ${tool.signal ?? `exit code ${tool.code}`}`;
  throw new ExperimentError(`${file}: ${why}. ${tool.output.trim().slice(-400)}`.trim(), { file });
}

/** @throws ExperimentError where the tool answered with the error of a user's file */
export function throwFailure(answer: unknown, file: string): void {
  const failure = v.safeParse(failureSchema, answer);
  if (!failure.success) return;
  const { message, ...location } = failure.output.error;
  throw new ExperimentError(message, { file, ...definedOnly(location) });
}

function definedOnly<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as never;
}
