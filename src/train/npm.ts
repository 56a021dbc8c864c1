import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { NodeExecutable } from './node';

export interface NpmCall {
  readonly folder: string;
  /** Runs the packages' scripts, and npm itself where it has one. */
  readonly node: NodeExecutable;
  readonly onLine: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface NpmResult {
  readonly code: number | null;
  /** The end of what npm printed. */
  readonly tail: readonly string[];
}

const tailLines = 120;

/**
 * Runs npm, and ends all that it started when the signal says so.
 *
 * @throws Error when there is no npm; on abort, an AbortError
 */
export async function runNpm(args: readonly string[], call: NpmCall): Promise<NpmResult> {
  const { folder, node, onLine, signal } = call;
  signal?.throwIfAborted();
  onLine(`npm ${args.join(' ')}  (in ${folder})`);
  const windows = process.platform === 'win32';
  const program = npmOf(node);
  const child = spawn(windows ? `"${program}"` : program, args, {
    cwd: folder,
    env: environmentOf(node),
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: windows,
    detached: !windows,
    windowsHide: true,
  });
  const stop = () => {
    try {
      // npm starts compilers and downloads of its own: the whole group has to end.
      if (child.pid && !windows) process.kill(-child.pid, 'SIGTERM');
      else child.kill();
    } catch {
      // It has ended by itself.
    }
  };
  signal?.addEventListener('abort', stop, { once: true });
  const tail: string[] = [];
  const take = (line: string) => {
    onLine(line);
    tail.push(line);
    if (tail.length > tailLines) tail.shift();
  };
  for (const stream of [child.stdout, child.stderr]) splitLines(stream, take);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'ENOENT' ? new Error('npm was not found: install Node.js, which brings it.') : error,
      );
    });
    child.once('close', resolve);
  }).finally(() => signal?.removeEventListener('abort', stop));
  signal?.throwIfAborted();
  return { code, tail };
}

function npmOf(node: NodeExecutable): string {
  const name = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const beside = path.join(path.dirname(node.path), name);
  return !node.isElectron && fs.existsSync(beside) ? beside : name;
}

/** With that Node first on the PATH, and without what an npm that runs this program hands down of its own package. */
function environmentOf(node: NodeExecutable): NodeJS.ProcessEnv {
  const handedDown = /^npm_(config_(local_prefix|prefix|global)|lifecycle|package|command|execpath)/;
  const environment: NodeJS.ProcessEnv = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !handedDown.test(name)),
  );
  if (node.isElectron) return environment;
  const folder = path.dirname(node.path);
  const pathName = Object.keys(environment).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  environment[pathName] = [folder, environment[pathName]].filter(Boolean).join(path.delimiter);
  // Node's own headers, where they came with it, need not be downloaded to compile against.
  const prefix = path.dirname(folder);
  if (fs.existsSync(path.join(prefix, 'include', 'node', 'node_api.h')))
    environment.npm_config_nodedir ??= prefix;
  return environment;
}

function splitLines(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split(/\r?\n/);
    rest = lines.pop() ?? '';
    lines.forEach(take);
  });
  stream.on('end', () => {
    if (rest) take(rest);
  });
}
