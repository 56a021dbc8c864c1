import fs from 'node:fs';
import path from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';
import { hostOptionsFile, linePrefix, type HostOptions, type HostResult } from './result';

/** Entry point of the suite inside an extension host. */
export async function run(): Promise<void> {
  const { grep, resultFile } = JSON.parse(
    fs.readFileSync(path.resolve(__dirname, '..', hostOptionsFile), 'utf8'),
  ) as HostOptions;
  Mocha.reporters.Base.consoleLog = (...args: unknown[]) => {
    for (const line of format(...args).split('\n')) console.log(linePrefix + line);
  };
  const mocha = new Mocha({ timeout: 60_000, color: false, ...(grep !== undefined && { grep }) });
  for (const name of fs.readdirSync(__dirname).sort())
    if (name.endsWith('.test.js')) mocha.addFile(path.join(__dirname, name));
  const { passes, failures, pending } = await new Promise<Mocha.Stats>((resolve) => {
    const runner = mocha.run(() => resolve(runner.stats as Mocha.Stats));
  });
  const result: HostResult = { passes, failures, pending };
  fs.writeFileSync(resultFile, JSON.stringify(result));
  if (failures > 0) throw new Error(`${failures} tests failed`);
}
