import { spawn } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { backendPackages } from './packages';

export type InstallableBackend = keyof typeof backendPackages;

/** Versions that this release was tested with. */
const versions: Record<InstallableBackend, string> = {
  'tensorflow-gpu': '4.22.0',
  tensorflow: '4.22.0',
  webgpu: '0.6.2',
};

/**
 * Installs a backend's package with npm into `folder/node_modules`.
 *
 * @param onLine each line npm prints
 * @throws Error with the end of npm's output and what to try; on abort, an AbortError
 */
export async function installBackend(
  name: InstallableBackend,
  folder: string,
  onLine: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  await fs.mkdir(folder, { recursive: true });
  const manifest = path.join(folder, 'package.json');
  // Without a manifest of its own, npm would install into a parent folder that has one.
  await fs
    .writeFile(manifest, '{ "private": true }\n', { flag: 'wx' })
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  const spec = `${backendPackages[name]}@${versions[name]}`;
  const args = ['install', spec, '--no-audit', '--no-fund', '--loglevel', 'info', '--foreground-scripts'];
  onLine(`npm ${args.join(' ')}  (in ${folder})`);
  const child = spawn(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const stop = () => {
    try {
      // npm starts compilers and downloads of its own: the whole group has to end.
      if (child.pid && process.platform !== 'win32') process.kill(-child.pid, 'SIGTERM');
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
    if (tail.length > 40) tail.shift();
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
  if (code !== 0) throw new Error(explain(spec, code, tail));
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

function explain(spec: string, code: number | null, tail: readonly string[]): string {
  const text = tail.join('\n');
  const hint = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|getaddrinfo/.test(text)
    ? 'A server could not be reached: check the network or proxy and try again.'
    : /node-gyp|node-pre-gyp|gyp ERR/.test(text)
      ? 'Its native part could neither be downloaded nor built for this Node.'
      : /403|404/.test(text)
        ? 'A file it downloads is not there any more.'
        : 'The log says why.';
  const errors = tail.filter((line) => /error/i.test(line)).slice(-3);
  return `npm could not install ${spec} (exit code ${code}). ${hint}${errors.length ? `\n${errors.join('\n')}` : ''}`;
}
