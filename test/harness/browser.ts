import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { chromium, type LaunchOptions } from 'playwright-core';

const names = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
  'msedge',
];
const wellKnown = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/**
 * A browser of the Chromium family: one that is here (`CHROME_PATH` goes first), else one that is installed for it.
 *
 * @throws Error that says what to install
 */
export function findBrowser(say: (line: string) => void): string {
  const asked = process.env.CHROME_PATH;
  if (asked !== undefined) {
    if (fs.existsSync(asked)) return asked;
    throw new Error(`CHROME_PATH is ${asked}, where there is no file.`);
  }
  const found = installed();
  if (found) return found;
  const root = process.getuid?.() === 0;
  if (root && onPath('apt-get')) {
    say('Installing the Debian package chromium, which the tests in a real window need');
    spawnSync('apt-get', ['update'], { stdio: 'ignore' });
    spawnSync('apt-get', ['install', '-y', 'chromium'], {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  } else {
    say("Downloading Playwright's Chromium, which the tests in a real window need");
    const playwright = path.join(path.dirname(require.resolve('playwright-core/package.json')), 'cli.js');
    spawnSync(process.execPath, [playwright, 'install', 'chromium'], { stdio: 'inherit' });
  }
  const now = installed();
  if (now) return now;
  throw new Error('No browser was found. Install Chromium or Chrome, or set CHROME_PATH to one.');
}

/** How it is started: without a window, and with no way out to the internet. */
export function browserOptions(say: (line: string) => void): LaunchOptions {
  return {
    executablePath: findBrowser(say),
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
    ],
  };
}

function installed(): string | undefined {
  const playwrights = chromium.executablePath();
  const here = names.map(onPath).find((file) => file !== undefined);
  return here ?? [...wellKnown, playwrights].find((file) => file !== '' && fs.existsSync(file));
}

/** Absolute path of a program, if the PATH has it. */
export function onPath(name: string): string | undefined {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd'] : [''];
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .flatMap((folder) => endings.map((ending) => path.join(folder, name + ending)))
    .find((file) => fs.existsSync(file));
}
