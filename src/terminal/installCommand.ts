import path from 'node:path';
import { installBackend, verifyBackend, type InstallableBackend } from '../train/install';
import { isBlocked, planInstall, planText } from '../train/installPlan';
import { findNode } from '../train/node';
import { findWorkspace } from './workspace';

export interface InstallOptions {
  readonly libtensorflow?: string;
  readonly to?: string;
  readonly anyway?: boolean;
}

/** Installs a backend for the workspace, after saying what that takes; 1 where it will not or does not train. */
export async function installCommand(name: InstallableBackend, options: InstallOptions): Promise<number> {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const libtensorflow = options.libtensorflow ? path.resolve(options.libtensorflow) : undefined;
  const plan = await planInstall(name, libtensorflow);
  say(planText(plan));
  if (isBlocked(plan) && !options.anyway) {
    say(`${name} will not train on this machine. Nothing was downloaded; --anyway installs it all the same.`);
    return 1;
  }
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  const request = {
    name,
    folder: path.resolve(options.to ?? findWorkspace(process.cwd())),
    node: await findNode(),
    libtensorflow,
    onLine(line: string) {
      // The editor's log has these too.
      if (!/^npm (?:http|info) /.test(line)) say(line);
    },
    signal: controller.signal,
  };
  await installBackend(request);
  say(`${name} trains: ${await verifyBackend(request)}`);
  return 0;
}
