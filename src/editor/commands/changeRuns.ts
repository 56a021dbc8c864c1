import path from 'node:path';
import { changeAbout, readAbout, type RunAbout } from '../../runs/about';
import type { RunRegistry } from '../runRegistry';
import { cancellableWhenLong } from './progress';

/**
 * Says something else about runs, one after another; those that cannot be changed do not keep the others from it.
 *
 * @throws Error with what kept the first of them from being changed, and how many more there are
 */
export async function changeRuns(
  registry: RunRegistry,
  directories: readonly string[],
  change: (about: RunAbout) => RunAbout,
): Promise<void> {
  const problems: string[] = [];
  const count = directories.length;
  await cancellableWhenLong(`Changing ${count} runs`, async (signal, report) => {
    for (const [i, directory] of directories.entries()) {
      if (signal.aborted) break;
      report(`${i + 1} of ${count}`, i / count);
      try {
        await changeAbout(directory, change(await readAbout(directory)));
      } catch (error) {
        problems.push(
          error instanceof Error ? error.message : `${path.basename(directory)}: ${String(error)}`,
        );
      }
    }
  });
  await registry.refresh();
  const [first] = problems;
  if (first !== undefined)
    throw new Error(problems.length > 1 ? `${first} (and ${problems.length - 1} more)` : first);
}
