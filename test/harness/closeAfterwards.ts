import path from 'node:path';
import type { VsCodeWindow } from './window';
import type { Workspace } from './workspace';

/**
 * Closes the window of a suite when its tests are over, and takes a picture of it wherever one has failed.
 *
 * @param window that there is by then
 */
export function closeAfterwards(
  window: () => VsCodeWindow | undefined,
  ...workspaces: readonly (() => Workspace | undefined)[]
): void {
  afterEach(async function () {
    const { currentTest } = this;
    if (currentTest?.state !== 'failed') return;
    const suite = path.basename(currentTest.file ?? '').split('.')[0];
    await window()?.screenshot(`failed-${suite}-${currentTest.title.slice(0, 40)}`);
  });
  after(async () => {
    await window()?.close();
    for (const workspace of workspaces) workspace()?.remove();
  });
}
