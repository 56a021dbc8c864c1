import readline from 'node:readline/promises';
import type { Overspend } from '../cost/overspend';
import { overspendText } from '../protocol/formatOverspend';

export interface QuestionOptions {
  /** Start without asking. */
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly currency?: string;
}

/**
 * Whether to start a run that is expected to spend its budget: asks a person at a terminal, and tells everybody else.
 */
export async function startsAnyway(
  overspends: readonly Overspend[],
  { yes = false, json = false, currency }: QuestionOptions,
): Promise<boolean> {
  const likely = overspends.filter((each) => each.likely);
  for (const each of likely) process.stderr.write(`Warning: ${overspendText(each, currency)}\n`);
  if (likely.length === 0 || yes || json || !process.stdin.isTTY || !process.stderr.isTTY) return true;
  const asked = readline.createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await asked.question('Start it anyway? [y/N] ')).trim());
  } finally {
    asked.close();
  }
}
