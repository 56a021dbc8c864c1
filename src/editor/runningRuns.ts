import type { RunSummary } from '../runs/runIndex';
import { isLive } from '../runs/standing';
import type { Parts } from './commands/parts';
import { runName } from './runName';

/** A result is news for so long. */
const newsMilliseconds = 10 * 60_000;

/**
 * Opens a panel for each run that is under way and that none shows, as after the window was closed; and for the last
 * one that ended a moment ago, should nobody have seen it yet.
 */
export async function showRunningRuns({ registry, panels, shown }: Parts): Promise<void> {
  const summaries = await registry.refresh();
  const [newest] = summaries;
  for (const summary of summaries) {
    const wanted = isLive(summary.status) || (summary === newest && isNews(summary));
    if (!wanted || panels.has(summary.directory)) continue;
    if (isLive(summary.status) || !shown.has(summary.directory))
      panels.show(summary.directory, runName(summary), true);
  }
}

function isNews({ record }: RunSummary): boolean {
  const ended = record?.attempts.at(-1)?.endedAt;
  return ended !== undefined && Date.now() - Date.parse(ended) < newsMilliseconds;
}
