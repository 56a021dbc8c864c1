import path from 'node:path';
import * as vscode from 'vscode';
import { BundleError, type Bundle } from '../../trace/bundle';
import type { TraceRemark, TraceRequest } from '../../trace/request';
import { backendSetting, costSettings } from '../settings';

/**
 * What a tracer is asked of a file, as its settings have it.
 *
 * @param bundle of code, or the text of a saved model; undefined: that is as on disk
 */
export function requestOf(file: string, bundle: Bundle | string | undefined): TraceRequest {
  const uri = vscode.Uri.file(file);
  const { batchSize } = costSettings(uri);
  const backend = backendSetting(uri);
  const common = {
    file,
    workspace: vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? path.dirname(file),
    batch: batchSize,
    ...(backend !== 'auto' && { backend }),
  };
  if (bundle === undefined || typeof bundle === 'string')
    return { kind: 'savedModel', ...common, ...(bundle !== undefined && { text: bundle }) };
  const { code, sourceMap, source } = bundle;
  return { kind: 'module', ...common, code, sourceMap, source };
}

/** Syntax errors are the language's own to mark; that a trace had to be ended is ours. */
export function remarksOf(file: string, error: unknown): TraceRemark[] {
  if (error instanceof BundleError) return [];
  const message = error instanceof Error ? error.message : String(error);
  return [{ severity: 'warning', message, place: { file, line: 1, column: 1 } }];
}
