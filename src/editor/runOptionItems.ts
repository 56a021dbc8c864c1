import * as vscode from 'vscode';
import { backendChoices, type ParamValue } from '../runs/record';
import { rememberedPeaks } from '../train/peakStore';
import { backendSpeed } from './backendSpeed';
import type { ParsedList } from './paramText';

/** A row of the list of what a run changes. */
export interface OptionItem extends vscode.QuickPickItem {
  readonly choose?: () => void | Promise<void>;
}

/** Each with how fast it was when it was last measured, where it was. */
export async function backendItems(): Promise<vscode.QuickPickItem[]> {
  const peaks = await rememberedPeaks();
  return backendChoices.map((label) => {
    const peak = label === 'auto' ? undefined : peaks.get(label);
    return { label, ...(peak && { description: backendSpeed(peak) }) };
  });
}

export function assignment<T extends ParamValue>(
  typed: { readonly name: string; readonly text: string },
  parsed: ParsedList<T>,
  set: (values: readonly T[]) => void,
): OptionItem {
  if ('problem' in parsed)
    return { label: `$(error) ${typed.name}=${typed.text}`, detail: parsed.problem, alwaysShow: true };
  return {
    label: `$(check) Set ${typed.name} to ${parsed.values.join(', ')}`,
    alwaysShow: true,
    choose: () => set(parsed.values),
  };
}

export function isOnly(values: readonly ParamValue[], value: ParamValue | undefined): boolean {
  return values.length === 1 && values[0] === value;
}

export function separator(label: string): OptionItem {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}
