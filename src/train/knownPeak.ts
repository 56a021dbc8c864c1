import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Peak } from '../runs/peak';
import type { BackendName } from '../runs/record';
import { version } from '../../package.json';
import { describeDevice } from './device';
import { measurePeak, threadsOf } from './peak';
import { recallPeak, rememberPeak, type PeakSubject } from './peakStore';
import { tfFile, type Tf } from './tfInstance';

/** Nobody waits longer than this for the first step of a run. */
const runLimits = { matmulMilliseconds: 300 };

/**
 * What a run on the active backend is compared with: what is remembered, else a short measurement. Undefined where
 * the backend cannot be measured, which is no reason not to train.
 */
export async function peakForRun(
  tf: Tf,
  backend: { name: BackendName; detail: string },
): Promise<Peak | undefined> {
  try {
    const subject = await subjectOf(tf, backend);
    return (
      (await recallPeak(subject)) ??
      (await rememberPeak(subject, await measurePeak(tf, backend.name, runLimits)))
    );
  } catch {
    return undefined;
  }
}

/** The backend that is active, as what a measurement is of. */
export async function subjectOf(
  tf: Tf,
  { name, detail }: { name: BackendName; detail: string },
): Promise<PeakSubject> {
  const threads = threadsOf(tf, name);
  return {
    host: os.hostname(),
    cpu: describeDevice().cpu,
    cores: os.availableParallelism(),
    backend: name,
    detail,
    ...(threads !== undefined && { threads }),
    node: process.versions.node,
    version,
    build: await buildDigest(),
  };
}

/** A few milliseconds, and right also for who changes a kernel and measures again. */
async function buildDigest(): Promise<string> {
  const folder = path.dirname(tfFile());
  const names = (await fs.readdir(folder)).filter((name) => /^(tf|webgpuBackend)\.js$|\.wasm$/.test(name));
  const hash = createHash('sha256');
  for (const name of names.sort()) hash.update(await fs.readFile(path.join(folder, name)));
  return hash.digest('hex').slice(0, 16);
}
