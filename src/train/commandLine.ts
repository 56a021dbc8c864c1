import path from 'node:path';
import type { RunRecord } from '../runs/record';

/**
 * The line that trains the experiment of a run again from any folder of a terminal: the same parameters, seed, backend
 * and limits.
 *
 * @param cli absolute path of the command line's program
 */
export function commandLine(
  record: RunRecord,
  cli: string,
  platform: NodeJS.Platform = process.platform,
): string {
  const { workspace, file, params, seed, requestedBackend, budget, attempts } = record;
  const pair = (option: string, fields: object | undefined) =>
    Object.entries(fields ?? {}).flatMap(([name, value]) => [option, `${name}=${value}`]);
  // What "auto" came to: the same losses, bit for bit, come of the same backend.
  const backend = attempts.at(-1)?.backend ?? requestedBackend;
  const words = [
    ...['node', cli, 'run', path.join(workspace, file)],
    ...(record.kind === 'experiment' ? pair('--set', params) : []),
    ...(seed === undefined ? [] : ['--seed', String(seed)]),
    ...['--backend', backend],
    ...pair('--budget', budget),
    ...['--workspace', workspace],
  ];
  return words.map((word) => quoted(word, platform)).join(' ');
}

function quoted(word: string, platform: NodeJS.Platform): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  if (platform === 'win32') return `"${word.replaceAll('"', '\\"')}"`;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
