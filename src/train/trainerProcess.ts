import path from 'node:path';
import type { NodeExecutable } from './node';

/** The program that trains, beside this file in `dist/`. */
export function trainerFile(): string {
  return path.join(__dirname, 'trainer.js');
}

/** The caller's environment without what would change how Node or an editor's child behaves. */
export function trainerEnvironment(node: NodeExecutable): NodeJS.ProcessEnv {
  const environment = { ...process.env };
  for (const name of Object.keys(environment))
    if (name === 'NODE_OPTIONS' || name.startsWith('VSCODE_') || name.startsWith('ELECTRON_'))
      delete environment[name];
  if (node.isElectron) environment.ELECTRON_RUN_AS_NODE = '1';
  // tfjs-node prints a page about its CPU features otherwise.
  environment.TF_CPP_MIN_LOG_LEVEL ??= '2';
  return environment;
}

/** Exit codes of a trainer; the command line exits with the same. */
export const exitCodes = { finished: 0, failed: 1, usage: 2, stopped: 3, diverged: 4, storage: 5 } as const;

/** Names the process without which a run must not go on. */
export const ownerVariable = 'COMPUTE_LENS_OWNER_PID';
