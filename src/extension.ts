import type * as vscode from 'vscode';
import { activateEditor, type EditorApi } from './editor/activate';

let editor: { readonly api: EditorApi; stop(): Promise<void> } | undefined;

/** Registers the parts; each loads what it needs when it is first used. */
export function activate(context: vscode.ExtensionContext): EditorApi {
  editor = activateEditor(context);
  return editor.api;
}

export async function deactivate(): Promise<void> {
  await editor?.stop();
}
