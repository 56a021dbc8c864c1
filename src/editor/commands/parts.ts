import type * as vscode from 'vscode';
import type { MasksPanels } from '../../panels/masksPanels';
import type { RunPanels } from '../../panels/runPanels';
import type { Cost } from '../cost/cost';
import type { Outcomes } from '../outcomes';
import type { RunRegistry } from '../runRegistry';
import type { RunQueue } from '../runQueue';
import type { Runs } from '../runs';
import type { RunsTable } from '../runsTable/runsTable';
import type { RunTree } from '../runTree';
import type { ShownRuns } from '../shownRuns';

/** What commands work with. */
export interface Parts {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly registry: RunRegistry;
  readonly panels: RunPanels;
  readonly masks: MasksPanels;
  readonly outcomes: Outcomes;
  readonly runs: Runs;
  readonly queue: RunQueue;
  readonly tree: RunTree;
  readonly shown: ShownRuns;
  readonly table: () => RunsTable;
  /** Absent until the workspace is trusted. */
  readonly cost: () => Cost | undefined;
}
