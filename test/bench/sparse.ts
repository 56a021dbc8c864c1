// `npm run bench:sparse`: measured seconds of a training step with sparse weights beside a dense one, on this machine.
import os from 'node:os';
import { wantedThreads } from '../../src/kernels/native/threadCount';
import { benchSparse, findNative, sparseTable } from './sparse.bench';

async function printSparse(): Promise<void> {
  const { modules, why } = findNative();
  if (why !== undefined) console.log(`Without tfjs-node: ${why}`);
  for (const threads of new Set([1, wantedThreads()])) {
    console.log(`\n${threads} ${threads === 1 ? 'thread' : 'threads'}, measured:\n`);
    for (const line of sparseTable(await benchSparse(threads, modules))) console.log(line);
  }
}

console.log(
  `${os.cpus()[0]?.model ?? 'unknown processor'}, ${os.cpus().length} cores, Node ${process.versions.node}`,
);
void printSparse();
