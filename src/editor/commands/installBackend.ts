import * as vscode from 'vscode';
import { installBackend, verifyBackend, type InstallableBackend } from '../../train/install';
import { isBlocked, planInstall, planText, type InstallPlan } from '../../train/installPlan';
import { findNode } from '../../train/node';
import { libtensorflowSetting, nodeSetting } from '../settings';
import type { Parts } from './parts';
import { cancellable, unlessAborted } from './progress';

export const installable: readonly (vscode.QuickPickItem & { readonly name: InstallableBackend })[] = [
  {
    name: 'tensorflow-gpu',
    label: 'tensorflow-gpu',
    description: '@tensorflow/tfjs-node-gpu',
    detail: 'TensorFlow on an NVIDIA GPU. Needs CUDA 11.2 and cuDNN 8.1, or a libtensorflow of your own.',
  },
  {
    name: 'webgpu',
    label: 'webgpu',
    description: 'webgpu',
    detail: 'Any GPU with a Vulkan, Metal or Direct3D 12 driver. Needs no CUDA.',
  },
  {
    name: 'tensorflow',
    label: 'tensorflow',
    description: '@tensorflow/tfjs-node',
    detail: "TensorFlow's native library on the processor.",
  },
];

/**
 * Says what a native backend takes on this machine and what speaks against it, then installs it with npm into the
 * extension's own storage and trains one step on it.
 */
export async function installGpuBackend(parts: Parts, wanted?: unknown): Promise<void> {
  const picked =
    installable.find(({ name }) => name === wanted) ??
    (await vscode.window.showQuickPick(installable, {
      title: 'Install GPU Backend',
      placeHolder: 'What to install with npm, for Compute Lens alone',
    }));
  if (!picked) return;
  const libtensorflow = libtensorflowSetting();
  const plan = await cancellable(`Looking at what ${picked.name} needs here`, (signal) =>
    unlessAborted(signal, planInstall(picked.name, libtensorflow)),
  );
  if (!plan) return;
  parts.log.info(`installing ${picked.name}: ${planText(plan)}`);
  const chosen = await agree(plan);
  if (chosen === undefined) return;
  if (chosen !== picked.name) return installGpuBackend(parts, chosen);
  await install(parts, picked.name, libtensorflow);
}

/** The backend to install after all, or undefined for none. */
async function agree(plan: InstallPlan): Promise<InstallableBackend | undefined> {
  const blocked = isBlocked(plan);
  const others = blocked ? installable.filter(({ name }) => name !== plan.name) : [];
  const go = blocked ? 'Install Anyway' : 'Install';
  const answers: { title: string; name: InstallableBackend }[] = [
    { title: go, name: plan.name },
    ...others.map(({ name }) => ({ title: `Take ${name} Instead`, name })),
  ];
  const show = blocked ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  const answer = await show(
    blocked ? `${plan.name} will not train on this machine.` : `Install ${plan.name}?`,
    { modal: true, detail: planText(plan) },
    ...(blocked ? [...answers.slice(1), ...answers.slice(0, 1)] : answers),
  );
  return answer?.name;
}

async function install(parts: Parts, name: InstallableBackend, libtensorflow?: string): Promise<void> {
  const { log } = parts;
  log.show(true);
  const outcome = await cancellable(`Installing ${name}`, async (signal, report) => {
    try {
      const request = {
        name,
        folder: parts.context.globalStorageUri.fsPath,
        node: await findNode(nodeSetting()),
        libtensorflow,
        signal,
        onLine(line: string) {
          log.info(line);
          report(line.replace(/^npm (info|http|warn) ?/i, '').slice(0, 80));
        },
      };
      await installBackend(request);
      return { trained: await verifyBackend(request) };
    } catch (error) {
      if (signal.aborted) throw error;
      return { error };
    }
  });
  await tell(parts, name, outcome);
}

async function tell(
  { log }: Parts,
  name: InstallableBackend,
  outcome: { trained: string } | { error: unknown } | undefined,
): Promise<void> {
  if (!outcome) {
    log.info(`installing ${name} was cancelled`);
    return;
  }
  if ('trained' in outcome) {
    log.info(`${name} trains: ${outcome.trained}`);
    const select = 'Select Backend';
    const message = `${name} is installed and trained a step: ${outcome.trained}.`;
    if ((await vscode.window.showInformationMessage(message, select)) === select)
      await vscode.commands.executeCommand('computeLens.selectBackend');
    return;
  }
  const { error } = outcome;
  const message = error instanceof Error ? error.message : 'The installation failed.';
  log.error(message);
  const show = 'Show Log';
  if ((await vscode.window.showErrorMessage(message, show)) === show) log.show();
}
