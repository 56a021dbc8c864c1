import { RunWriter } from '../../../src/runs/writer';

/** Writes steps until it is killed, and says after each flush how many are safe. */
async function main(): Promise<void> {
  const writer = new RunWriter(process.argv[2] as string, 1);
  for (let step = 1; ; step++) {
    writer.record({ type: 'step', step, epoch: 0, loss: 1, ms: 1 });
    if (step % 50 !== 0) continue;
    await writer.flush();
    process.stdout.write(`${step}\n`);
  }
}

void main();
