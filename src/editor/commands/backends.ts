import * as vscode from 'vscode';
import type { BackendChoice } from '../../runs/record';
import { probeBackends, type BackendReport } from '../../train/probe';
import { backendSpeed } from '../backendSpeed';
import { backendSetting, launchSettings, storeBackend } from '../settings';
import { mayRunCode } from '../trust';
import { workspaceFolders } from '../workspaces';
import { installable, installGpuBackend } from './installBackend';
import type { Parts } from './parts';
import { cancellable } from './progress';

interface BackendItem extends vscode.QuickPickItem {
  readonly choice: BackendChoice;
  readonly report?: BackendReport;
}

/** Tries all backends, tells which start here and why the others do not, and stores the one picked. */
export async function selectBackend(parts: Parts): Promise<void> {
  if (await mayRunCode('looking for backends in its packages')) await pickBackend(parts, 'unknown');
}

/** @param measure all backends, or those only of which nothing is remembered */
async function pickBackend(parts: Parts, measure: 'all' | 'unknown'): Promise<void> {
  const workspace = workspaceFolders()[0] ?? parts.context.globalStorageUri.fsPath;
  const reports = await probed(parts, workspace, measure);
  if (!reports) return;
  for (const { name, state, detail } of reports) parts.log.info(`backend ${name}: ${state}: ${detail}`);
  const again: vscode.QuickPickItem = {
    label: '$(dashboard) Measure Again',
    detail: 'Figures are lower on a machine that is busy.',
  };
  const items: (BackendItem | typeof again)[] = [...itemsOf(reports, backendSetting()), again];
  const picked = await vscode.window.showQuickPick(items, {
    title: 'Select Backend',
    placeHolder: 'Backend of new runs',
    matchOnDetail: true,
  });
  if (!picked) return;
  if (!('choice' in picked)) return pickBackend(parts, 'all');
  if (picked.report?.available === false && !(await useAnyway(parts, picked.report))) return;
  await storeBackend(picked.choice);
}

/** Starts each backend and measures it where asked; undefined once the user cancels. */
function probed(
  parts: Parts,
  workspace: string,
  measure: 'all' | 'unknown',
): Thenable<BackendReport[] | undefined> {
  return cancellable('Compute Lens: starting each backend once', (signal, report) =>
    probeBackends({
      ...launchSettings(parts.context),
      workspace,
      measure,
      signal,
      onBackend: (name, place, of) => report(`${name} (${place} of ${of})`),
    }),
  );
}

function itemsOf(reports: readonly BackendReport[], current: BackendChoice): BackendItem[] {
  const best = reports.find(({ available }) => available);
  const mark = (choice: BackendChoice) => (choice === current ? 'current' : '');
  return [
    {
      choice: 'auto',
      label: '$(wand) auto',
      description: mark('auto'),
      detail: best ? `The best that starts: ${best.name} on this machine.` : 'The best that starts.',
    },
    ...reports.map((report) => ({
      choice: report.name,
      report,
      label: `$(${report.available ? 'check' : 'circle-slash'}) ${report.name}`,
      description: mark(report.name),
      detail: detailOf(report),
    })),
  ];
}

function detailOf({ state, detail, peak }: BackendReport): string {
  if (state !== 'trains') return `Not available: ${detail}`;
  return peak ? `${backendSpeed(peak)} · ${detail}` : detail;
}

async function useAnyway(parts: Parts, { name, detail }: BackendReport): Promise<boolean> {
  const install = 'Install…';
  const anyway = 'Use Anyway';
  const candidate = installable.find((item) => item.name === name);
  const answer = await vscode.window.showWarningMessage(
    `${name} does not start here: ${detail}`,
    ...(candidate ? [install] : []),
    anyway,
  );
  if (answer === install) await installGpuBackend(parts, name);
  return answer === anyway;
}
