import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { loadExtension } from '../harness/extensionLoad';
import { repository, VsCodeWindow } from '../harness/window';
import { Workspace } from '../harness/workspace';
import type { DayOfEvents } from './dayOfEvents';
import { median } from './median';

export interface ExtensionBench {
  /** Minified, of all files that a window reads when it activates the extension. */
  readonly bytes: number;
  readonly files: number;
  readonly loadMilliseconds: number;
  /** As the editor itself measures it, in a window of a workspace that has had runs. */
  readonly activationMilliseconds: number;
  readonly vsixBytes: number;
  readonly day: DayOfEvents;
}

/** What the packaged extension costs a window, and what a day of training does to its memory. */
export async function benchExtension(rounds: number): Promise<ExtensionBench> {
  const node = (...args: string[]) =>
    execFileSync(process.execPath, args, { cwd: repository, encoding: 'utf8', stdio: 'pipe' });
  node('esbuild.js', '--production');
  node(path.join('build', 'package.js'));
  const packages = path.join(repository, 'out', 'package');
  const vsix = path.join(
    packages,
    fs.readdirSync(packages).find((name) => name.endsWith('universal.vsix')) ?? '',
  );
  const loads = Array.from({ length: rounds }, () =>
    loadExtension(path.join(packages, 'dist', 'extension.js')),
  );
  const [{ bytes, files }] = loads as [(typeof loads)[0]];
  return {
    bytes,
    files: files.length,
    loadMilliseconds: median(loads.map(({ milliseconds }) => milliseconds)),
    activationMilliseconds: await activation(vsix),
    vsixBytes: fs.statSync(vsix).size,
    day: JSON.parse(node('--expose-gc', path.join(__dirname, 'dayOfEvents.js'))) as DayOfEvents,
  };
}

/** Asks the editor's own list of running extensions. */
async function activation(vsix: string): Promise<number> {
  const workspace = new Workspace();
  fs.mkdirSync(path.join(workspace.folder, '.compute-lens', 'runs'), { recursive: true });
  const window = await VsCodeWindow.open({ workspace: workspace.folder, vsix });
  try {
    await window.command('Developer: Show Running Extensions');
    const row = window.page
      .locator('.runtime-extensions-editor .monaco-list-row')
      .filter({ hasText: 'Compute Lens' });
    const time = row.locator('.activation-time').getByText('Activation');
    await time.waitFor();
    return Number(/(\d+)ms/.exec(await time.innerText())?.[1]);
  } finally {
    await window.close();
    workspace.remove();
  }
}
