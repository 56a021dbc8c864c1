import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runningVariable } from '../../src/train/machineRuns';

/** Tests run at the same time in several processes, whose trainings are none of each other's business. */
process.env[runningVariable] = fs.mkdtempSync(path.join(os.tmpdir(), 'compute-lens-running-'));
process.once('exit', () =>
  fs.rmSync(process.env[runningVariable] as string, { recursive: true, force: true }),
);
