import type { RunSummary } from '../runs/runIndex';
import { canResume } from '../runs/standing';
import type { CodeProblem } from './problems';
import { runDescription } from './runLabels';

/** What a button of a notification does. */
export type NewsAction = 'open' | 'resume' | 'openRun' | 'changeAndRun' | 'reveal' | 'log';

/** What there is to say of a run that ended, how loudly, and which buttons help. */
export type News =
  | { readonly kind: 'error'; readonly problem: CodeProblem; readonly actions: readonly NewsAction[] }
  | { readonly kind: 'info' | 'quiet'; readonly text: string; readonly actions: readonly NewsAction[] };

/**
 * An error is told loudly, for there is something to do; an end only where nobody looks: aloud to whoever is elsewhere,
 * in the status bar to whoever is at something else in this window.
 *
 * @param seen whether the window has the focus, and the run's panel is in sight
 */
export function newsOf(
  summary: RunSummary,
  seen: { readonly focused: boolean; readonly visible: boolean },
  now: number,
): News | undefined {
  const { record, status } = summary;
  if (!record || !status) return undefined;
  if (status === 'failed') {
    const problem = record.attempts.at(-1)?.error ?? { message: 'The run failed and did not say why.' };
    if (problem.cause === 'diverged')
      return { kind: 'error', problem, actions: ['openRun', 'changeAndRun', 'log'] };
    return { kind: 'error', problem, actions: [...(problem.file ? (['open'] as const) : []), 'log'] };
  }
  if (status === 'crashed') {
    const problem = { message: 'The process of this run is gone. What it recorded is kept.' };
    const resume = canResume(record, status) ? (['resume'] as const) : [];
    return { kind: 'error', problem, actions: [...resume, 'log'] };
  }
  const text = runDescription(summary, undefined, now);
  if (!seen.focused) return { kind: 'info', text, actions: ['openRun'] };
  return seen.visible ? undefined : { kind: 'quiet', text, actions: [] };
}

/** The folder of a run could not be written, mostly since the disk is full: room has to be made first. */
export function storageNews(message: string, resumable: boolean): News {
  const resume = resumable ? (['resume'] as const) : [];
  return { kind: 'error', problem: { message }, actions: ['reveal', ...resume] };
}
