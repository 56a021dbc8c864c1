/**
 * A script as a user has one, run by the product on one backend: trains every case and writes what became of it, one
 * line of JSON each, to the file that CONFORMANCE_RESULTS names. Of every CONFORMANCE_EVERY-th case, begins at the one of
 * index CONFORMANCE_FROM.
 */
import fs from 'node:fs';
import * as tensorflow from '@tensorflow/tfjs';
import type { Tf } from '../../../src/train/tfInstance';
import { sampleOf } from './cases';
import type { Outcome } from './outcome';
import { train } from './training';

const tf = tensorflow as unknown as Tf;
const file = process.env.CONFORMANCE_RESULTS ?? '';
const from = Number(process.env.CONFORMANCE_FROM ?? 0);
const every = Number(process.env.CONFORMANCE_EVERY ?? 1);

async function main(): Promise<void> {
  for (const each of sampleOf(every).slice(from)) {
    let outcome: Outcome;
    try {
      outcome = { name: each.name, ...(await train(tf, each)) };
    } catch (error) {
      const { name, message } = error as Error;
      const lacking = /Kernel '(\w+)' not registered/.exec(message)?.[1];
      outcome = {
        name: each.name,
        failed: lacking ? `the backend lacks ${lacking}` : message,
        // Of a kernel that is missing the product knows beforehand (preflight.ts).
        refused: lacking !== undefined || name === 'ExperimentError',
        ended: message.startsWith('The GPU'),
      };
    }
    fs.appendFileSync(file, `${JSON.stringify(outcome)}\n`);
    // A GPU that has failed computes nothing any more in this process.
    if ('failed' in outcome && outcome.ended) process.exit(1);
  }
}

void main();
