import os from 'node:os';
import type { RunRecord } from '../runs/record';

/** What this machine is, as far as Node can tell. */
export function describeDevice(): RunRecord['device'] {
  const cpus = os.cpus();
  return {
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus[0]?.model.trim() ?? 'unknown processor',
    cores: cpus.length,
    memoryBytes: os.totalmem(),
  };
}
