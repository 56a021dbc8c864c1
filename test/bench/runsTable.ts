// `npm run bench:runs-table`: prints how fast 10,000 runs are on this machine.
import { benchRunsTable, runsTableRows } from './runsTable.bench';

void benchRunsTable().then((bench) => {
  for (const [what, value] of runsTableRows(bench)) console.log(`| ${what} | ${value} |`);
});
