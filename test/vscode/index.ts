import fs from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';

/** What the launcher must find: without it, an extension host that died would pass for one that passed. */
export interface HostResult {
  readonly passes: number;
  readonly failures: number;
  readonly pending: number;
}

/**
 * Entry point of the suite inside an extension host. Options come in a file beside the compiled suite, since a window
 * of another process has no environment of ours.
 */
export async function run(): Promise<void> {
  const { grep, resultFile } = JSON.parse(
    fs.readFileSync(path.resolve(__dirname, '../hostOptions.json'), 'utf8'),
  ) as { grep?: string; resultFile: string };
  const mocha = new Mocha({ timeout: 60_000, color: true, ...(grep !== undefined && { grep }) });
  for (const name of fs.readdirSync(__dirname).sort())
    if (name.endsWith('.test.js')) mocha.addFile(path.join(__dirname, name));
  const { passes, failures, pending } = await new Promise<Mocha.Stats>((resolve) => {
    const runner = mocha.run(() => resolve(runner.stats as Mocha.Stats));
  });
  const result: HostResult = { passes, failures, pending };
  fs.writeFileSync(resultFile, JSON.stringify(result));
  if (failures > 0) throw new Error(`${failures} tests failed`);
}
