import os from 'node:os';
import * as v from 'valibot';
import * as vscode from 'vscode';
import type { Budget } from '../cost/budget';
import { conventions } from '../cost/convention';
import type { LensStyle } from './cost/lensText';
import { budgetSchema, type RecordedSurroundings } from '../runs/budget';
import { backendChoices, type BackendChoice } from '../runs/record';
import type { LaunchSettings } from '../train/launch';

const section = 'computeLens';

/** The backend that new runs ask for. */
export function backendSetting(scope?: vscode.Uri): BackendChoice {
  const value = vscode.workspace.getConfiguration(section, scope).get<string>('backend');
  return backendChoices.find((choice) => choice === value) ?? 'auto';
}

/** Stores the backend where it is set already, else for the user: it is a property of the machine. */
export async function storeBackend(backend: BackendChoice): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(section);
  const target =
    configuration.inspect('backend')?.workspaceValue === undefined
      ? vscode.ConfigurationTarget.Global
      : vscode.ConfigurationTarget.Workspace;
  await configuration.update('backend', backend, target);
}

/** Whether runs started here go on when the window closes. */
export function keepRunning(): boolean {
  return vscode.workspace.getConfiguration(section).get('keepRunning', true);
}

/** Whether runs that are under way when the window opens are shown. */
export function openRunningRuns(): boolean {
  return vscode.workspace.getConfiguration(section).get('openRunningRuns', true);
}

/** How many runs train at a time on one device; others wait. */
export function queueConcurrency(): number {
  const value = vscode.workspace.getConfiguration(section).get<unknown>('queue.concurrency');
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 1;
}

/** How the costs of models are shown. */
export interface CostSettings {
  readonly enabled: boolean;
  readonly batchSize: number;
  /** Code lenses above the lines, or hints at their ends. */
  readonly placement: 'above' | 'lineEnd';
  readonly style: LensStyle;
}

export function costSettings(scope?: vscode.Uri): CostSettings {
  const settings = vscode.workspace.getConfiguration(`${section}.cost`, scope);
  const batchSize = settings.get<unknown>('batchSize');
  const convention = settings.get<unknown>('convention');
  return {
    enabled: settings.get('enabled', true),
    batchSize:
      typeof batchSize === 'number' && Number.isSafeInteger(batchSize) && batchSize > 0 ? batchSize : 1,
    placement: settings.get('placement') === 'lineEnd' ? 'lineEnd' : 'above',
    style: {
      convention: conventions.find((each) => each === convention) ?? 'mac2',
      layerFields: texts(settings.get('layerFields')),
      modelFields: texts(settings.get('modelFields')),
      callLines: settings.get('callLines', true),
    },
  };
}

/** Stores a setting of the costs where it is set already, else for the user. */
export async function storeCostSetting(name: string, value: unknown): Promise<void> {
  const settings = vscode.workspace.getConfiguration(`${section}.cost`);
  const inWorkspace = settings.inspect(name)?.workspaceValue !== undefined;
  const target = inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  await settings.update(name, value, target);
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}

/** The Node program to run trainers and tracers with, where one is set. */
export function nodeSetting(): string | undefined {
  const node = vscode.workspace.getConfiguration(section).get<string>('nodePath', '').trim();
  return node === '' ? undefined : node;
}

/** Where the user's own libtensorflow is, to install native backends with, where one is set. */
export function libtensorflowSetting(): string | undefined {
  const place = vscode.workspace.getConfiguration(section).get<string>('libtensorflow', '').trim();
  return place === '' ? undefined : place.replace(/^~(?=[/\\]|$)/, os.homedir());
}

/** Where the machine stands and what it costs; what is not set is left out. */
export function surroundingsSettings(): RecordedSurroundings {
  const settings = vscode.workspace.getConfiguration(`${section}.energy`);
  const number = (name: string) => {
    const value = settings.get<unknown>(name);
    return typeof value === 'number' && Number.isFinite(value) ? { [name]: value } : {};
  };
  const text = (name: string) => {
    const value = settings.get<unknown>(name);
    return typeof value === 'string' && value.trim() !== '' ? { [name]: value.trim() } : {};
  };
  return {
    ...text('place'),
    ...number('pue'),
    ...number('pricePerKwh'),
    ...number('pricePerGpuHour'),
    ...text('currency'),
  };
}

/**
 * Limits of every run that is started in a workspace.
 *
 * @throws Error that names the limit which is none
 */
export function budgetSetting(scope: vscode.Uri): Budget | undefined {
  const given = vscode.workspace.getConfiguration(section, scope).get<unknown>('budget') ?? {};
  const checked = v.safeParse(budgetSchema, given);
  if (!checked.success) {
    const [issue] = checked.issues;
    throw new Error(
      `The setting computeLens.budget: "${v.getDotPath(issue) ?? ''}" is no limit: ${issue.message}.`,
    );
  }
  return Object.keys(checked.output).length > 0 ? checked.output : undefined;
}

/** What the user says of this machine's power. */
export function powerSettings(): { readonly cpuWatts?: number } {
  const watts = vscode.workspace.getConfiguration(`${section}.energy`).get<unknown>('processorWatts');
  return typeof watts === 'number' && watts > 0 ? { cpuWatts: watts } : {};
}

/** How trainers are started from this window. */
export function launchSettings(context: vscode.ExtensionContext): LaunchSettings {
  const node = nodeSetting();
  const { cpuWatts } = powerSettings();
  return {
    ...(cpuWatts !== undefined && { processorWatts: cpuWatts }),
    packageFolders: [context.globalStorageUri.fsPath, context.extensionUri.fsPath],
    ...(node !== undefined && { node }),
    ...(!keepRunning() && { stopWithParent: true }),
  };
}
