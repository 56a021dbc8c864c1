import fs from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { RunRecord } from '../../runs/record';
import { readRecord } from '../../runs/recordFile';
import { describeExperiment, ExperimentError } from '../../train/describe';
import { gitState } from '../../train/launch';
import type { StartedRun } from '../commands/runExperiment';
import type { Parts } from '../commands/parts';
import { cancellableWhenLong, unlessAborted } from '../commands/progress';
import { pickRunOptions } from '../runOptionsPick';
import type { RunOptions } from '../runGrid';
import { launchSettings } from '../settings';
import { mayRunCode } from '../trust';

/**
 * Starts a run again: with the same parameters, seed and backend, or, `changed`, with those that the user changes.
 * Where the code is not what it was, says so first.
 */
export async function rerun(
  parts: Parts,
  directory: string,
  changed: boolean,
): Promise<StartedRun | undefined> {
  if (!(await mayRunCode('running it again'))) return undefined;
  const record = await readRecord(directory);
  const file = path.join(record.workspace, record.file);
  await fs.access(file).catch(() => {
    throw new Error(`${record.name} cannot be run again: ${file} is not there any more.`);
  });
  const same: RunOptions = {
    params: record.params,
    ...(record.seed !== undefined && { seed: record.seed }),
    backend: record.attempts.at(-1)?.backend ?? record.requestedBackend,
  };
  const options = changed ? await askOptions(parts, file, record, same) : [same];
  if (!options) return undefined;
  if (!changed) {
    const reasons = await cancellableWhenLong(`Comparing the code of ${record.name}`, (signal) =>
      unlessAborted(signal, differences(record, file)),
    );
    if (!reasons || !(await confirmed(record, reasons))) return undefined;
  }
  return parts.runs.startEach({ workspace: record.workspace, file, kind: record.kind }, options);
}

/** Why the same settings may not give the same result, one sentence each. */
async function differences(record: RunRecord, file: string): Promise<string[]> {
  const now = await gitState(path.dirname(file));
  if (!record.git) return ['The commit that it ran with is not known, so its code may have changed since.'];
  const reasons: string[] = [];
  const short = (commit: string) => commit.slice(0, 8);
  if (now?.commit !== record.git.commit)
    reasons.push(
      `It ran with commit ${short(record.git.commit)}; ${now ? `${short(now.commit)} is checked out now` : 'there is no repository now'}.`,
    );
  if (record.git.dirty) reasons.push('Files had changes then that were not committed.');
  else if (now?.dirty) reasons.push('Files have changes now that are not committed.');
  if (record.seed === undefined && record.kind === 'script')
    reasons.push('A plain script has no seed of its own.');
  return reasons;
}

async function confirmed({ name }: RunRecord, reasons: readonly string[]): Promise<boolean> {
  if (reasons.length === 0) return true;
  const anyway = 'Run Anyway';
  const answer = await vscode.window.showWarningMessage(
    `${name} may come out differently this time.`,
    { modal: true, detail: reasons.join('\n') },
    anyway,
  );
  return answer === anyway;
}

async function askOptions(
  parts: Parts,
  file: string,
  { name, workspace, kind }: RunRecord,
  same: RunOptions,
): Promise<readonly RunOptions[] | undefined> {
  if (kind === 'script') throw new Error(`${name} is of a plain script, which has no parameters to change.`);
  try {
    const describing = describeExperiment(file, { ...launchSettings(parts.context), workspace });
    return await pickRunOptions(name, describing, same.backend, same);
  } catch (error) {
    if (!(error instanceof ExperimentError)) throw error;
    const { message, location } = error;
    await parts.outcomes.codeFailed(file, { message, ...location });
    return undefined;
  }
}
