// `npm run bench:engines`: training engines beside each other, the tables of docs/engines.md for this machine.
import os from 'node:os';
import { wantedThreads } from '../../src/kernels/native/threadCount';
import { benchEngines, engineTable } from './engines.bench';

export async function printEngines(): Promise<void> {
  for (const line of engineTable(await benchEngines(3, wantedThreads()))) console.log(line);
}

if (require.main === module) {
  console.log(
    `${os.cpus()[0]?.model ?? 'unknown processor'}, ${os.cpus().length} cores, Node ${process.versions.node}\n`,
  );
  void printEngines();
}
