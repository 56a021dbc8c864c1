import type { Case } from './cases';
import { steps, type Trained } from './training';

/** What became of a case on a backend. */
export type Outcome = { readonly name: string } & (
  | Trained
  | {
      readonly failed: string;
      readonly refused: boolean;
      /** Whether nothing else can be trained in this process. */
      readonly ended: boolean;
    }
);

/** Outcomes of all cases on a backend, by name. */
export type Outcomes = ReadonlyMap<string, Outcome>;

/** As it stands in the table. */
export type Verdict = 'pass' | `refused: ${string}` | `fails: ${string}`;

/** Of float32 against float32; single sums in another order make 1e-6. */
export const tolerance = { relative: 2e-5, absolute: 1e-6 };

/** @param cpu outcome of the same case on the cpu backend */
export function verdictOf(each: Case, outcome: Outcome | undefined, cpu: Outcome | undefined): Verdict {
  if (!outcome) return 'fails: it did not run';
  if ('failed' in outcome) {
    const { failed, refused } = outcome;
    if (refused && each.refused && !each.refused.test(failed)) return `fails: ${plain(failed)}`;
    return `${refused ? 'refused' : 'fails'}: ${plain(failed)}`;
  }
  if (each.refused) return 'fails: it is trained, and should be refused';
  const { tensors, data } = outcome.left;
  const { kept = 0 } = each;
  if (tensors !== kept || data !== kept) return `fails: leaves ${tensors - kept} tensors behind`;
  if (!cpu || 'failed' in cpu) return 'fails: cpu has nothing to compare with';
  const quantities = Object.keys(cpu.history);
  if (Object.keys(outcome.history).join() !== quantities.join()) return 'fails: other metrics than on cpu';
  const other = quantities.find((name) => !same(outcome.history[name], cpu.history[name]));
  return other === undefined ? 'pass' : `fails: ${other} is not what it is on cpu`;
}

function same(found: readonly number[] = [], expected: readonly number[] = []): boolean {
  if (found.length !== steps || expected.length !== steps) return false;
  return expected.every(
    (value, i) =>
      Number.isFinite(value) &&
      Math.abs((found[i] ?? NaN) - value) <= tolerance.relative * Math.abs(value) + tolerance.absolute,
  );
}

/** The first sentence, without the layer's name, which counts from run to run. */
function plain(message: string): string {
  const [first = ''] = message.split(/\n|\. /);
  return first
    .replace(/^Layer "[^"]*" \((\w+)\) cannot be trained: /, '')
    .slice(0, 120)
    .replace(/\.$/, '');
}
