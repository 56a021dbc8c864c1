import type { Bundler } from './bundle';
import type { TracedModel, TraceRequest, TraceResult } from './request';
import type { Params } from '../runs/record';

/** A run that has not begun. */
export interface AskedRun {
  /** Absolute path of the experiment. */
  readonly file: string;
  readonly workspace: string;
  /** Parameters that differ from the experiment's defaults. */
  readonly params?: Params | undefined;
}

/**
 * What an experiment costs as a run of it is about to train it.
 *
 * @returns undefined where it cannot be traced: the run itself says what is wrong
 */
export async function costOfRun(
  tracer: { trace(request: TraceRequest): Promise<TraceResult> },
  bundler: Bundler,
  { file, workspace, params }: AskedRun,
): Promise<TracedModel | undefined> {
  try {
    const { code, sourceMap, source } = await bundler.bundle(file);
    const request = { kind: 'module', file, workspace, batch: 1, code, sourceMap, source, params } as const;
    const { models } = await tracer.trace(request);
    return models.find(({ plan }) => plan);
  } catch {
    return undefined;
  }
}
