// Loaded into every process of an editor's server. In an extension host, it measures how late the event loop comes
// round from when the extension is loaded; at each SIGUSR2 it writes that down and begins anew.
import fs from 'node:fs';
import Module from 'node:module';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';

interface Loaders {
  readonly _extensions: Record<'.js', (module: unknown, file: string) => unknown>;
}

const { HOST_DELAY_FOLDER: folder, HOST_DELAY_EXTENSION: extension } = process.env;
if (folder !== undefined && process.argv.includes('--type=extensionHost')) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const { _extensions: loaders } = Module as unknown as Loaders;
  const load = loaders['.js'];
  loaders['.js'] = (module, file) => {
    if (file === extension) delay.reset();
    return load(module, file);
  };
  process.on('SIGUSR2', () => {
    const file = path.join(folder, String(process.pid));
    const milliseconds = [delay.percentile(99) / 1e6, delay.max / 1e6];
    delay.reset();
    fs.writeFileSync(`${file}.new`, JSON.stringify(milliseconds));
    fs.renameSync(`${file}.new`, file);
  });
}
