import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { panelHtml } from './panelHtml';

/**
 * Gives a panel its page.
 *
 * @param name of its script and style sheet in dist/webview
 * @param about folder of the run, or the file, that the page is about
 */
export function showPage(
  { webview, title }: vscode.WebviewPanel,
  extensionUri: vscode.Uri,
  name: string,
  about: string,
): void {
  const folder = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
  const file = (ending: string) =>
    webview.asWebviewUri(vscode.Uri.joinPath(folder, `${name}.${ending}`)).toString();
  webview.options = { enableScripts: true, localResourceRoots: [folder] };
  webview.html = panelHtml({
    scriptUri: file('js'),
    styleUri: file('css'),
    cspSource: webview.cspSource,
    nonce: randomBytes(24).toString('base64url'),
    styleNonce: randomBytes(24).toString('base64url'),
    title,
    about,
    workers: name === 'masks',
  });
}
