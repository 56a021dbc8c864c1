import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { currentProcess } from '../../../src/runs/process';
import type { Attempt, RunRecord } from '../../../src/runs/record';

/** A fresh folder for each test of the surrounding `describe`, removed afterwards. */
export function freshFolder(): () => string {
  let folder = '';
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'compute-lens-runs-'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));
  return () => folder;
}

/** A valid record, changed as asked. */
export function recordOf(changes: Partial<RunRecord> = {}): RunRecord {
  return {
    schema: 1,
    id: '2026-01-02-0304-mlp-abcd',
    name: 'mlp',
    kind: 'experiment',
    file: 'mlp.experiment.ts',
    workspace: '/w',
    createdAt: '2026-01-02T03:04:05.000Z',
    params: { lr: 0.001 },
    seed: 1,
    requestedBackend: 'auto',
    versions: { 'compute-lens': '0.1.0' },
    device: { platform: 'linux x64', cpu: 'some', cores: 2, memoryBytes: 1e9 },
    status: 'finished',
    attempts: [],
    ...changes,
  };
}

export function attemptOf(changes: Partial<Attempt> = {}): Attempt {
  return { number: 1, ...currentProcess(), startedAt: new Date().toISOString(), ...changes };
}

/** A pid that no process has: of a child that has ended and was waited for. */
export async function deadPid(): Promise<number> {
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.once('exit', resolve));
  return child.pid as number;
}

/** Whether this process may write anywhere, so that file modes alone do not stop it. */
export const isRoot = process.getuid?.() === 0;
