import { spawn } from 'node:child_process';
import { findNode } from './node';
import { trainerEnvironment, trainerFile } from './trainerProcess';

/** What a tool says begins with this; everything else a backend prints is output. */
const toolPrefix = '\u0001compute-lens';
/** Before its answer. */
export const answerPrefix = `${toolPrefix}:`;
/** Before shares of the whole that are done. */
export const progressPrefix = `${toolPrefix}-progress:`;

export interface ToolResult {
  /** What the tool answered, or undefined when it died before. */
  readonly answer: unknown;
  readonly output: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
}

/**
 * Runs a short question in a trainer process of its own.
 *
 * @throws AbortError once `signal` says so; the process is gone then
 */
export async function runTrainerTool(question: {
  verb: 'probe' | 'measure' | 'describe' | 'compile' | 'calibrate';
  argument: string;
  folders: readonly string[];
  node?: string | undefined;
  limitMilliseconds: number;
  /** Variables for that process beside those of this one. */
  environment?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** Told shares of the whole, from 0 to 1, where the tool says them. */
  progress?: ((share: number) => void) | undefined;
}): Promise<ToolResult> {
  const node = await findNode(question.node);
  const args = [trainerFile(), question.verb, question.argument, ...question.folders];
  return new Promise((resolve, reject) => {
    const child = spawn(node.path, args, {
      env: { ...trainerEnvironment(node), ...question.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
      signal: question.signal,
      killSignal: 'SIGKILL',
    });
    let output = '';
    let timedOut = false;
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      const last = chunk.lastIndexOf(progressPrefix);
      const share = last < 0 ? NaN : parseFloat(chunk.slice(last + progressPrefix.length));
      if (Number.isFinite(share)) question.progress?.(share);
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, question.limitMilliseconds);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const lines = output.split('\n');
      const answered = lines.find((line) => line.startsWith(answerPrefix));
      resolve({
        answer: answered === undefined ? undefined : JSON.parse(answered.slice(answerPrefix.length)),
        output: lines.filter((line) => !line.startsWith(toolPrefix)).join('\n'),
        code,
        signal,
        timedOut,
      });
    });
  });
}
