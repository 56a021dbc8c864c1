import type { RunSummary } from '../runs/runIndex';

/** One run in the view. */
export class RunNode {
  constructor(public summary: RunSummary) {}

  get directory(): string {
    return this.summary.directory;
  }
}

/** Runs under one heading, of which the first so many are shown. */
export class GroupNode {
  shown = pageSize;

  constructor(
    readonly id: string,
    public label: string,
    public runs: readonly RunSummary[],
  ) {}
}

/** The end of what is shown of a group: a click shows more. */
export class MoreNode {
  constructor(readonly group: GroupNode) {}

  show(): void {
    this.group.shown += pageSize;
  }
}

export type Node = RunNode | GroupNode | MoreNode;

/** Rows that the editor takes at once without being held up. */
export const pageSize = 200;
