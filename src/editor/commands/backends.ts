import * as vscode from 'vscode';
import type { BackendChoice } from '../../runs/record';
import { installBackend, type InstallableBackend } from '../../train/install';
import { probeBackends, type BackendReport } from '../../train/probe';
import { backendSpeed } from '../backendSpeed';
import { backendSetting, launchSettings, storeBackend } from '../settings';
import { mayRunCode } from '../trust';
import { workspaceFolders } from '../workspaces';
import type { Parts } from './parts';

interface BackendItem extends vscode.QuickPickItem {
  readonly choice: BackendChoice;
  readonly report?: BackendReport;
}

const installable: readonly (vscode.QuickPickItem & { readonly name: InstallableBackend })[] = [
  {
    name: 'tensorflow-gpu',
    label: 'tensorflow-gpu',
    description: '@tensorflow/tfjs-node-gpu',
    detail: 'TensorFlow on an NVIDIA GPU. Needs CUDA 11 and cuDNN 8; downloads several hundred megabytes.',
  },
  {
    name: 'webgpu',
    label: 'webgpu',
    description: 'webgpu',
    detail: 'Any GPU with a Vulkan, Metal or Direct3D 12 driver. Downloads about 60 megabytes.',
  },
  {
    name: 'tensorflow',
    label: 'tensorflow',
    description: '@tensorflow/tfjs-node',
    detail: "TensorFlow's native library on the processor. Downloads about 200 megabytes.",
  },
];

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
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: 'Compute Lens: starting each backend once',
    cancellable: true,
  };
  return vscode.window.withProgress(options, async (progress, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort());
    try {
      return await probeBackends({
        ...launchSettings(parts.context),
        workspace,
        measure,
        signal: controller.signal,
        onBackend: (name, place, of) => progress.report({ message: `${name} (${place} of ${of})` }),
      });
    } catch (error) {
      if (controller.signal.aborted) return undefined;
      throw error;
    }
  });
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

/** Installs a backend's package with npm into the extension's own storage. */
export async function installGpuBackend(parts: Parts, wanted?: unknown): Promise<void> {
  const named = installable.find(({ name }) => name === wanted);
  const picked =
    named ??
    (await vscode.window.showQuickPick(installable, {
      title: 'Install GPU Backend',
      placeHolder: 'What to install with npm, for Compute Lens alone',
    }));
  if (!picked) return;
  const { log } = parts;
  const folder = parts.context.globalStorageUri.fsPath;
  const outcome = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: `Installing ${picked.description}`,
      cancellable: true,
    },
    async (progress, token) => {
      const controller = new AbortController();
      token.onCancellationRequested(() => controller.abort());
      const onLine = (line: string) => {
        log.info(line);
        progress.report({ message: line.replace(/^npm (info|http|warn) ?/i, '').slice(0, 80) });
      };
      try {
        await installBackend(picked.name, folder, onLine, controller.signal);
        return undefined;
      } catch (error) {
        return controller.signal.aborted ? 'cancelled' : error;
      }
    },
  );
  await tellInstalled(parts, picked.name, outcome);
}

async function tellInstalled({ log }: Parts, name: InstallableBackend, outcome: unknown): Promise<void> {
  if (outcome === 'cancelled') {
    log.info(`installing ${name} was cancelled`);
    return;
  }
  if (outcome === undefined) {
    const select = 'Select Backend';
    const answer = await vscode.window.showInformationMessage(`${name} is installed.`, select);
    if (answer === select) await vscode.commands.executeCommand('computeLens.selectBackend');
    return;
  }
  const message = outcome instanceof Error ? outcome.message : 'The installation failed.';
  log.error(message);
  const show = 'Show Log';
  if ((await vscode.window.showErrorMessage(message, show)) === show) log.show();
}
