/** As `onWebviewPanel:` in package.json names it. */
export const runsTableType = 'computeLens.runsTable';

/** Scheme of documents that are made of runs and of files of commits, to be compared. */
export const runScheme = 'compute-lens-run';
