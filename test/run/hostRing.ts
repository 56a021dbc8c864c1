import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { format } from 'node:util';
import { hostOptionsFile, linePrefix, type HostResult } from '../vscode/result';
import { chromium } from 'playwright-core';
import { browserOptions, onPath } from '../harness/browser';
import { VsCodeServer } from '../harness/server';
import { vsCodeVersion } from '../harness/serverInstall';

const repository = path.resolve(__dirname, '../../..');
const suite = path.join(repository, 'out', 'test', 'vscode', 'index.js');
const limitMilliseconds = 10 * 60_000;
const downloadHost = 'https://update.code.visualstudio.com/api/releases/stable';

/** Runs the suite inside a real VS Code: the desktop one where it can be had, else the server in a browser. */
export async function runHostRing(grep: string | undefined): Promise<{ passed: boolean; where: string }> {
  const workspace = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'compute-lens-workspace-'));
  fs.cpSync(path.join(repository, 'examples', 'quickstart'), workspace, {
    recursive: true,
    filter: (name) => !name.includes('.compute-lens'),
  });
  const resultFile = path.join(workspace, '.host-result.json');
  fs.writeFileSync(
    path.join(repository, 'out', 'test', hostOptionsFile),
    JSON.stringify({ resultFile, ...(grep !== undefined && { grep }) }),
  );
  try {
    const lacking = await whyNoDesktop();
    const where =
      lacking === undefined
        ? `desktop VS Code ${vsCodeVersion}`
        : `VS Code server ${vsCodeVersion} with a headless browser, since ${lacking}`;
    console.log(`The suite runs in ${where}.`);
    if (lacking === undefined) runInDesktop(workspace);
    else await runInServer(workspace, resultFile);
    return { passed: passed(resultFile), where };
  } finally {
    fs.rmSync(workspace, { recursive: true, force: true, maxRetries: 5 });
  }
}

function passed(resultFile: string): boolean {
  if (!fs.existsSync(resultFile)) {
    console.error('The suite left no result: the extension host died, or never ran it.');
    return false;
  }
  const { passes, failures } = JSON.parse(fs.readFileSync(resultFile, 'utf8')) as HostResult;
  if (passes + failures === 0) console.error('No test ran.');
  return failures === 0 && passes > 0;
}

/** A desktop VS Code needs a display and its download; asked within seconds. */
async function whyNoDesktop(): Promise<string | undefined> {
  const display =
    process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY || onPath('xvfb-run');
  if (!display) return 'there is no display and no xvfb-run';
  try {
    const answer = await fetch(downloadHost, { method: 'HEAD', signal: AbortSignal.timeout(5000) });
    return answer.ok ? undefined : `the desktop download answers ${answer.status}`;
  } catch {
    return 'the desktop download cannot be reached';
  }
}

/** In a process of its own, which xvfb-run can wrap. */
function runInDesktop(workspace: string): void {
  const command = [process.execPath, path.join(__dirname, 'desktopHost.js'), workspace];
  const bare = process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY;
  const [program, ...args] = bare ? ['xvfb-run', '-a', ...command] : command;
  spawnSync(program as string, args, { stdio: 'inherit', timeout: limitMilliseconds });
}

async function runInServer(workspace: string, resultFile: string): Promise<void> {
  const server = await VsCodeServer.start({ say: console.log });
  const browser = await chromium.launch(browserOptions(console.log));
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const other: string[] = [];
    const exited = new Promise<string | undefined>((resolve) => {
      const timer = setTimeout(() => resolve('The suite took longer than ten minutes.'), limitMilliseconds);
      const done = (why?: string) => {
        clearTimeout(timer);
        resolve(why);
      };
      void page.exposeFunction('codeAutomationExit', () => done());
      void page.exposeFunction('codeAutomationLog', (_level: string, args: unknown[]) => {
        const line = printed(args);
        const own = line.indexOf(linePrefix);
        if (own >= 0) console.log(line.slice(own + linePrefix.length));
        else other.push(line);
      });
      page.on('crash', () => done('The page crashed.'));
      const watch = setInterval(() => {
        // It also ends, as it should, right after the suite has left its result.
        if (/Extension Host Process exited/.test(server.log) && !fs.existsSync(resultFile))
          done('The extension host ended before the suite did.');
      }, 500);
      watch.unref();
    });
    await page.goto(server.url({ folder: workspace, extension: repository, tests: suite }));
    const why = await exited;
    if (why !== undefined) console.error(`${why}\n${other.slice(-30).join('\n')}`);
  } finally {
    await browser.close();
    await server.stop();
  }
}

/** Console arguments as text, without `%c` and the styles that belong to it. */
function printed([first, ...rest]: readonly unknown[]): string {
  if (typeof first !== 'string' || !first.includes('%c')) return format(first, ...rest);
  const styles = first.split('%c').length - 1;
  return format(first.replaceAll('%c', ''), ...rest.slice(styles));
}
