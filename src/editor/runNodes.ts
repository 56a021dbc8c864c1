import type { RunSummary } from '../runs/runIndex';

/** One run in the view. */
export class RunNode {
  constructor(public summary: RunSummary) {}

  get id(): string {
    return this.directory;
  }

  get directory(): string {
    return this.summary.directory;
  }
}

/** Runs under one heading, of which the first so many are shown. */
export class GroupNode {
  shown = pageSize;

  constructor(
    readonly name: string,
    public label: string,
    public runs: readonly RunSummary[],
  ) {}

  get id(): string {
    return `group ${this.name}`;
  }
}

/** The end of what is shown of a group: a click shows more. */
export class MoreNode {
  constructor(readonly group: GroupNode) {}

  get id(): string {
    return `more of ${this.group.name}`;
  }

  show(): void {
    this.group.shown += pageSize;
  }
}

export type Node = RunNode | GroupNode | MoreNode;

/** Rows that the editor takes at once without being held up. */
const pageSize = 200;

/** What commands get of a row whose button was pressed while the editor took the rows anew: it cannot say which. */
export const lostRow = Symbol('a row that the editor lost');
