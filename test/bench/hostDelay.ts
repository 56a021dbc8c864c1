import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { eventually } from '../harness/processes';
import { repository, type VsCodeWindow } from '../harness/window';

/** How late the event loop of an extension host came round, of looks a millisecond apart. */
export interface HostDelay {
  readonly percentile99Milliseconds: number;
  readonly longestMilliseconds: number;
}

/** Measures the extension hosts of a window that is opened with its `env`. */
export class HostDelays {
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lens-delays-'));
  readonly env: NodeJS.ProcessEnv = {
    NODE_OPTIONS: `--require ${JSON.stringify(path.join(__dirname, 'hostDelayMonitor.js'))}`,
    HOST_DELAY_FOLDER: this.folder,
    HOST_DELAY_EXTENSION: fs.realpathSync(path.join(repository, 'dist', 'extension.js')),
  };

  /** Since the host loaded the extension, or since this was asked last. After a reload, of the newer host. */
  async take(window: VsCodeWindow): Promise<HostDelay> {
    const pid = Math.max(...window.extensionHosts());
    const file = path.join(this.folder, String(pid));
    process.kill(pid, 'SIGUSR2');
    await eventually(() => fs.existsSync(file), 'the delay of the extension host');
    const [percentile99Milliseconds = NaN, longestMilliseconds = NaN] = JSON.parse(
      fs.readFileSync(file, 'utf8'),
    ) as number[];
    fs.rmSync(file);
    return { percentile99Milliseconds, longestMilliseconds };
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
