// `npm run bench:run-panel`: prints how fast the run panel is on this machine.
import { benchRunPanel, runPanelRows } from './runPanel.bench';

void benchRunPanel().then((bench) => {
  for (const [what, value] of runPanelRows(bench)) console.log(`| ${what} | ${value} |`);
});
