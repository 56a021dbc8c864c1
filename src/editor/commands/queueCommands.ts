import { requestStop } from '../../runs/control';
import type { RunSummary } from '../../runs/runIndex';
import { MoreNode } from '../runNodes';
import type { Parts } from './parts';
import { chooseRun, directoriesOf } from './pickRun';
import { cancellableWhenLong } from './progress';

/** Starts a waiting run beside what trains already. */
export async function startQueuedRun(parts: Parts, node?: unknown, nodes?: unknown): Promise<void> {
  for (const directory of await chooseWaiting(parts, 'Which run shall begin now?', node, nodes))
    await cancellableWhenLong('Starting a run', async (signal) => {
      await parts.queue.startNow(directory);
      if (signal.aborted) await requestStop(directory);
    });
}

/** Takes waiting runs out of the queue: one that was to be resumed is as before, others are gone. */
export async function cancelQueuedRun(parts: Parts, node?: unknown, nodes?: unknown): Promise<void> {
  await parts.queue.cancel(await chooseWaiting(parts, 'Which run shall leave the queue?', node, nodes));
}

export async function moveRunUp(parts: Parts, node?: unknown, nodes?: unknown): Promise<void> {
  await parts.queue.step(await chooseWaiting(parts, 'Which run shall begin sooner?', node, nodes), -1);
}

export async function moveRunDown(parts: Parts, node?: unknown, nodes?: unknown): Promise<void> {
  await parts.queue.step(await chooseWaiting(parts, 'Which run shall begin later?', node, nodes), 1);
}

/** The next page of a long group of the view. */
export function showMoreRuns({ tree }: Parts, node?: unknown): void {
  if (node instanceof MoreNode) tree.showMore(node);
}

/** Runs that wait: of those the command was called on, else one that is asked for. */
async function chooseWaiting(
  { registry, tree }: Parts,
  placeHolder: string,
  node: unknown,
  nodes: unknown,
): Promise<readonly string[]> {
  const waits = ({ status }: RunSummary) => status === 'queued';
  const given = directoriesOf(node, nodes, tree);
  if (given.length > 0)
    return registry.waiting.flatMap(({ summary }) =>
      given.includes(summary.directory) ? summary.directory : [],
    );
  const chosen = await chooseRun(registry, node, {
    placeHolder,
    none: 'No run waits.',
    fits: waits,
    only: true,
  });
  return chosen === undefined ? [] : [chosen];
}
