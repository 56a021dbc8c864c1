import type { Side, ToMasksPanel } from '../protocol/masksPanel';
import type { MaskSource } from './maskSource';

/** A message whose number is still to be given. */
export type Unsent = ToMasksPanel extends infer M ? (M extends ToMasksPanel ? Omit<M, 'id'> : never) : never;

/** What one side of the webview was told. */
export interface Told {
  readonly source: MaskSource;
  readonly subscription: { dispose(): void };
  /** Of the frames told last; undefined before anything was. */
  revision: number | undefined;
  frames: number;
  run: string;
  problem: string | undefined;
  gone: string | undefined;
  /** Parts that cannot be read. */
  readonly unreadable: Set<string>;
  readonly magnitudes: Set<number>;
}

/** What a side must be told of its run and its frames before pictures make sense. */
export function newsOf(side: Side, told: Told): Unsent | undefined {
  const { source } = told;
  const { problem } = source.monitor;
  if (problem !== undefined) {
    if (told.gone === problem) return undefined;
    told.gone = problem;
    told.revision = undefined;
    return { type: 'gone', side, message: problem };
  }
  const run = source.run();
  if (!run) return undefined;
  told.gone = undefined;
  const key = JSON.stringify(run);
  const from = told.frames;
  const grown = source.count > from;
  const anew = told.revision !== source.revision || (from === 0 && grown) || told.problem !== source.problem;
  if (!anew && !grown && key === told.run) return undefined;
  if (told.revision !== source.revision) told.unreadable.clear();
  Object.assign(told, { frames: source.count, run: key, revision: source.revision, problem: source.problem });
  if (!anew) return { type: 'append', side, run, frames: source.frames(from) };
  return {
    type: 'hydrate',
    side,
    run,
    weights: source.describeWeights(),
    frames: source.frames(0),
    ...(source.problem !== undefined && { problem: source.problem }),
  };
}
