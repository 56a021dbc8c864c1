/** Stands in for an editor that is killed: starts a tracer, traces the file it is given, and says what it started. */
import path from 'node:path';
import { Bundler } from '../../../../src/trace/bundle';
import { TracerClient } from '../../../../src/trace/tracerClient';
import { tracerFile } from './tracing';

async function main(): Promise<void> {
  const [, , file = ''] = process.argv;
  const client = new TracerClient({ tracerFile, limitMilliseconds: 60_000 });
  const bundle = await new Bundler(() => undefined).bundle(file);
  await client.warmUp();
  void client.trace({ kind: 'module', file, workspace: path.dirname(file), batch: 1, ...bundle });
  process.send?.(await client.pid());
}

void main();
