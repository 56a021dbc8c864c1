import path from 'node:path';
import { SingleBar } from 'cli-progress';
import { download } from '../data/download';
import { findWorkspace } from './workspace';

/** Downloads a public data set into the workspace and says how to load it. */
export async function dataGetCommand(name: string, options: { to?: string }): Promise<number> {
  const folder = path.resolve(
    options.to ?? path.join(findWorkspace(process.cwd()), '.compute-lens', 'data', name),
  );
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  const bar = process.stdout.isTTY
    ? new SingleBar({ format: '{bar} {percentage}% | {file} | {received}/{size} MB', clearOnComplete: true })
    : undefined;
  let current = '';
  await download(name, folder, {
    signal: controller.signal,
    onProgress({ file, receivedBytes, totalBytes }) {
      const payload = { file, received: megabytes(receivedBytes), size: megabytes(totalBytes) };
      if (file !== current) {
        bar?.stop();
        if (bar) bar.start(totalBytes, receivedBytes, payload);
        else process.stdout.write(`${file} (${payload.size} MB)\n`);
      }
      current = file;
      bar?.update(receivedBytes, payload);
    },
  }).finally(() => bar?.stop());
  const from = path.relative(process.cwd(), folder).split(path.sep).join('/');
  const source = name === 'tiny-shakespeare' ? `text('${from}/input.txt')` : `idx('${from}')`;
  process.stdout.write(`${name} is in ${folder}\nLoad it in an experiment here with: data: ${source}\n`);
  return 0;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
