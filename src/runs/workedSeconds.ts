import type { RunRecord } from './record';
import type { AttemptUsage } from './usage';

/**
 * How long a run had been at work at a moment, what lies between its attempts left out, as {@link AttemptUsage} has it.
 *
 * @param counts which attempts are asked about; default all
 * @returns seconds, given milliseconds since the Unix epoch
 */
export function workedSeconds(
  { attempts }: RunRecord,
  usage: readonly AttemptUsage[],
  counts: (attempt: AttemptUsage) => boolean = () => true,
): (t: number) => number {
  const turns: { start: number; before: number; counted: boolean }[] = [];
  let before = 0;
  attempts.forEach(({ startedAt }, i) => {
    const used = usage[i];
    if (!used) return;
    const counted = counts(used);
    turns.push({ start: Date.parse(startedAt), before, counted });
    if (counted) before += used.seconds;
  });
  return (t) => {
    const turn = turns.findLast(({ start }) => start <= t) ?? turns[0];
    if (!turn) return 0;
    return turn.before + (turn.counted ? Math.max(0, t - turn.start) / 1000 : 0);
  };
}
