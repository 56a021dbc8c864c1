import path from 'node:path';
import { SingleBar } from 'cli-progress';
import { download } from '../data/download';
import { loadingCode } from '../data/loadingCode';
import { findWorkspace } from './workspace';

/** Downloads a public data set into the workspace and says how to load it. */
export async function dataGetCommand(name: string, options: { to?: string }): Promise<number> {
  const folder = path.resolve(
    options.to ?? path.join(findWorkspace(process.cwd()), '.compute-lens', 'data', name),
  );
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  const bar = process.stdout.isTTY
    ? new SingleBar({
        format: '{bar} {percentage}% | {doing} {file} | {done}/{size} MB',
        clearOnComplete: true,
      })
    : undefined;
  let said = '';
  const result = await download(name, folder, {
    signal: controller.signal,
    onProgress({ doing, file, bytes, totalBytes, fileTotalBytes }) {
      const payload = { doing, file, done: megabytes(bytes), size: megabytes(totalBytes) };
      if (bar && said === '') bar.start(totalBytes, bytes, payload);
      bar?.update(bytes, payload);
      const now = `${doing} ${file}`;
      if (!bar && now !== said) process.stdout.write(`${now} (${megabytes(fileTotalBytes)} MB)\n`);
      said = now;
    },
  }).finally(() => bar?.stop());
  for (const moved of result.movedAside)
    process.stdout.write(`A file of that name with another content was kept as ${moved}\n`);
  const code = loadingCode(name, folder, process.cwd());
  process.stdout.write(`${name} is in ${folder}\nLoad it in an experiment here with ${code}\n`);
  return 0;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
