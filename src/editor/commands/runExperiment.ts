import path from 'node:path';
import * as v from 'valibot';
import * as vscode from 'vscode';
import { backendChoices, paramValueSchema } from '../../runs/record';
import { describeExperiment, ExperimentError } from '../../train/describe';
import { isExperimentFile, isScriptFile } from '../experimentFiles';
import { pickExperiment, rememberExperiment } from '../experimentPick';
import type { RunOptions } from '../runGrid';
import { pickRunOptions } from '../runOptionsPick';
import { backendSetting, launchSettings } from '../settings';
import { mayRunCode } from '../trust';
import { workspaceOf } from '../workspaces';
import type { Parts } from './parts';

/** What a started run can be found by. */
export interface StartedRun {
  readonly id: string;
  readonly directory: string;
}

/** Second argument of the command, for key bindings and tests. Menus pass other things, which mean nothing here. */
const optionFields = {
  params: v.optional(v.record(v.string(), paramValueSchema)),
  seed: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1))),
  backend: v.optional(v.picklist(backendChoices)),
};
const optionsSchema = v.strictObject(optionFields);

/**
 * Runs an experiment: the file given, at once and as it is, else one that the user picks together with what to
 * change of it.
 */
export async function runExperiment(
  parts: Parts,
  uri?: unknown,
  given?: unknown,
): Promise<StartedRun | undefined> {
  if (!(await mayRunCode('running an experiment'))) return undefined;
  const file = uri instanceof vscode.Uri ? uri : await pickExperiment(parts.context.workspaceState);
  if (!file) return undefined;
  const workspace = workspaceOf(file);
  if (workspace === undefined || !(await saved(file))) return undefined;
  const options =
    uri instanceof vscode.Uri ? [optionsOf(given, file)] : await askOptions(parts, file, workspace);
  if (!options) return undefined;
  await rememberExperiment(parts.context.workspaceState, file);
  return parts.runs.startEach({ workspace, file: file.fsPath, kind: 'experiment' }, options);
}

/** Runs an experiment with what the user changes of it: the file given, or that of the active editor. */
export async function runExperimentWith(parts: Parts, uri?: unknown): Promise<StartedRun | undefined> {
  if (!(await mayRunCode('running an experiment'))) return undefined;
  const active = vscode.window.activeTextEditor?.document.uri;
  const file = uri instanceof vscode.Uri ? uri : active;
  if (!file || !isExperimentFile(file.fsPath)) return runExperiment(parts);
  const workspace = workspaceOf(file);
  if (workspace === undefined || !(await saved(file))) return undefined;
  const options = await askOptions(parts, file, workspace);
  if (!options) return undefined;
  await rememberExperiment(parts.context.workspaceState, file);
  return parts.runs.startEach({ workspace, file: file.fsPath, kind: 'experiment' }, options);
}

/** Runs the file of the active editor: an experiment as such, anything else as a plain script. */
export async function runCurrentFile(parts: Parts, uri?: unknown): Promise<StartedRun | undefined> {
  const editor = vscode.window.activeTextEditor;
  const file = uri instanceof vscode.Uri ? uri : editor?.document.uri;
  if (!file) {
    void vscode.window.showInformationMessage('Open the file to run in an editor first.');
    return undefined;
  }
  if (!(await mayRunCode('running a file'))) return undefined;
  if (file.scheme !== 'file' || !isScriptFile(file.fsPath)) {
    void vscode.window.showErrorMessage(
      `${path.basename(file.path)} is not a TypeScript or JavaScript file on disk, so it cannot be run.`,
    );
    return undefined;
  }
  if (isExperimentFile(file.fsPath)) return runExperiment(parts, file);
  const workspace = workspaceOf(file);
  if (workspace === undefined || !(await saved(file))) return undefined;
  return parts.runs.start({ workspace, file: file.fsPath, kind: 'script', backend: backendSetting(file) });
}

/** A run with other options than were meant would mislead: what is meant as options must be right. */
function optionsOf(given: unknown, file: vscode.Uri): RunOptions {
  const meant = typeof given === 'object' && given !== null && Object.keys(given).some(isOption);
  const parsed = v.safeParse(optionsSchema, meant ? given : {});
  if (!parsed.success) {
    const [{ message, path: at }] = parsed.issues;
    const place = at?.map(({ key }) => String(key)).join('.') ?? 'options';
    throw new Error(`The run was not started, because ${place} of its options is wrong: ${message}.`);
  }
  const { params = {}, seed, backend = backendSetting(file) } = parsed.output;
  return { params, ...(seed !== undefined && { seed }), backend };
}

function isOption(key: string): boolean {
  return key in optionFields;
}

async function askOptions(
  parts: Parts,
  file: vscode.Uri,
  workspace: string,
): Promise<readonly RunOptions[] | undefined> {
  const describing = describeExperiment(file.fsPath, { ...launchSettings(parts.context), workspace });
  try {
    const name = path.basename(file.fsPath).replace(/\.experiment\.\w+$/, '');
    return await pickRunOptions(name, describing, backendSetting(file));
  } catch (error) {
    if (!(error instanceof ExperimentError)) throw error;
    const { message, location } = error;
    await parts.outcomes.codeFailed(file.fsPath, { message, ...location });
    return undefined;
  }
}

/** What runs is what is on disk: asks to save what is not there yet. False where the user cancelled. */
async function saved(file: vscode.Uri): Promise<boolean> {
  const document = vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === file.toString());
  if (!document?.isDirty) return true;
  const save = 'Save and Run';
  const answer = await vscode.window.showWarningMessage(
    `${path.basename(file.fsPath)} has changes that are not saved.`,
    { modal: true, detail: 'What runs is the file on disk.' },
    save,
    'Run Without Saving',
  );
  return answer === save ? document.save() : answer !== undefined;
}
