/** What the launcher must find: without it, an extension host that died would pass for one that passed. */
export interface HostResult {
  readonly passes: number;
  readonly failures: number;
  readonly pending: number;
}

/** What the suite is told, in `out/test`: a window of another process has no environment of ours. */
export const hostOptionsFile = 'hostOptions.json';
export interface HostOptions {
  readonly resultFile: string;
  readonly grep?: string;
}

/** Starts the suite's own lines, among all that an editor logs. */
export const linePrefix = 'suite| ';
