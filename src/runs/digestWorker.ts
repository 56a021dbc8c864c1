import { parentPort } from 'node:worker_threads';
import { readDigest, type RunDigest } from './digest';
import type { RunRecord, RunStatus } from './record';

/** A run to digest; its answer has the same number. */
export interface DigestRequest {
  readonly id: number;
  readonly directory: string;
  readonly record: RunRecord;
  readonly status: RunStatus;
}

export interface DigestAnswer {
  readonly id: number;
  /** Absent where the run could not be read, as when it was deleted meanwhile. */
  readonly digest?: RunDigest;
}

/** Reads events of many runs apart from whoever asks, who has to stay responsive. */
parentPort?.on('message', (requests: readonly DigestRequest[]) => {
  void Promise.all(
    requests.map(async ({ id, directory, record, status }): Promise<DigestAnswer> => {
      try {
        return { id, digest: await readDigest(directory, record, status) };
      } catch {
        return { id };
      }
    }),
  ).then((answers) => parentPort?.postMessage(answers));
});
