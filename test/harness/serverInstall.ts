import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** A VS Code server that npm alone can bring: code-server's own copy of VS Code 1.100.3, which runs on Node 20. */
const serverVersion = '4.100.3';
const serverIntegrity =
  'sha512-q/Fh2DOxCRNhC/WiG/6sAhSKnj7ZACTVBaeeZ+rWjol//0FCbl/qg1ln5ecZ99jYcfqMxZZAyWcN+YBIo0DgpA==';
export const vsCodeVersion = '1.100.3';

/** Built-in extensions that neither we nor our tests need. */
const superfluous = [
  'debug-auto-launch',
  'debug-server-ready',
  'github',
  'github-authentication',
  'grunt',
  'gulp',
  'jake',
  'microsoft-authentication',
  'ms-vscode.js-debug',
  'ms-vscode.js-debug-companion',
  'ms-vscode.vscode-js-profile-table',
  'php-language-features',
  'terminal-suggest',
  'tunnel-forwarding',
];

/**
 * Stands in for a logger with native code: lines go to the file as they come. VS Code imports it as an ES module, and
 * Node finds the names of these exports only where they are assigned one by one.
 */
const loggerModule = `
const fs = require('node:fs'), path = require('node:path');
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'critical'];
class Logger {
  constructor(name, file) { this.file = file; this.level = 2; fs.mkdirSync(path.dirname(file), { recursive: true }); }
  getLevel() { return this.level; }
  setLevel(level) { this.level = level; }
  clearFormatters() { this.plain = true; }
  setPattern() {} flush() {} drop() {}
  write(level, text) {
    if (level < this.level) return;
    const line = this.plain ? text : new Date().toISOString() + ' [' + levels[level] + '] ' + text + '\\n';
    try { fs.appendFileSync(this.file, line); } catch {}
  }
}
levels.forEach((name, level) => { Logger.prototype[name] = function (text) { this.write(level, text); }; });
const create = async (name, file) => new Logger(name, file);
exports.version = 0;
exports.Logger = Logger;
exports.setLevel = exports.setFlushOn = exports.shutdown = () => {};
exports.createRotatingLogger = create;
exports.createAsyncRotatingLogger = create;
`;

/** Where the editor, and other downloads for tests, are kept between runs of scripts and tests, outside any checkout. */
export function cacheFolder(): string {
  const home =
    process.env.COMPUTE_LENS_TEST_DOWNLOADS ??
    process.env.COMPUTE_LENS_CACHE ??
    (process.platform === 'win32' ? process.env.LOCALAPPDATA : process.env.XDG_CACHE_HOME) ??
    path.join(os.homedir(), '.cache');
  const folder = path.join(home, 'compute-lens');
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.accessSync(folder, fs.constants.W_OK);
    return folder;
  } catch {
    return fs.mkdtempSync(path.join(os.tmpdir(), 'compute-lens-cache-'));
  }
}

/**
 * Installs the VS Code server where it is not there yet: one minute and 155 MB at most, no compiler, no rights.
 *
 * @returns the folder that holds `out/server-main.js`
 * @throws Error when npm cannot reach its registry, or a download is not the pinned one
 */
export function installServer(say: (line: string) => void): string {
  const home = path.join(cacheFolder(), `vscode-server-${serverVersion}`);
  const root = path.join(home, 'package', 'lib', 'vscode');
  if (fs.existsSync(path.join(home, '.complete'))) {
    // An earlier installation may have an earlier one.
    writeModule(root, '@vscode/spdlog', loggerModule);
    return root;
  }
  say(`Installing a VS Code ${vsCodeVersion} server from npm, once, into ${home}`);
  const stage = `${home}.${process.pid}.tmp`;
  fs.rmSync(stage, { recursive: true, force: true });
  fs.mkdirSync(stage, { recursive: true });
  try {
    layOut(stage, say);
    fs.writeFileSync(path.join(stage, '.complete'), serverVersion);
    if (!fs.existsSync(path.join(home, '.complete'))) {
      fs.rmSync(home, { recursive: true, force: true });
      fs.renameSync(stage, home);
    }
  } finally {
    fs.rmSync(stage, { recursive: true, force: true });
  }
  return root;
}

function layOut(stage: string, say: (line: string) => void): void {
  const root = path.join(stage, 'package', 'lib', 'vscode');
  say('  1 of 3: the server');
  unpack(pack(stage, `code-server@${serverVersion}`, serverIntegrity), stage, [
    '--exclude=*.map',
    'package/lib/vscode',
  ]);
  for (const name of superfluous)
    fs.rmSync(path.join(root, 'extensions', name), { recursive: true, force: true });
  say('  2 of 3: its dependencies');
  // Its shrinkwrap lacks a peer dependency, which a plain `npm ci` refuses.
  npm(['ci', '--omit=dev', '--ignore-scripts', '--legacy-peer-deps'], root);
  fs.symlinkSync('node_modules', path.join(root, 'node_modules.asar'), 'junction');
  say('  3 of 3: parts with native code, prebuilt');
  replacePackage(stage, path.join(root, 'node_modules', 'node-pty'), 'node-pty@1.2.0-beta.15');
  installRipgrep(stage, root);
  writeModule(root, '@vscode/spdlog', loggerModule);
  // The server also asks once a second by itself whether its parent lives.
  writeModule(root, 'native-watchdog', 'exports.start = () => {};\n');
  installTypeScript(stage, root);
}

function installRipgrep(stage: string, root: string): void {
  const unpacked = path.join(stage, 'ripgrep');
  fs.mkdirSync(unpacked);
  unpack(pack(stage, `@vscode/ripgrep-${process.platform}-${process.arch}@1.18.0`), unpacked);
  const bin = path.join(root, 'node_modules', '@vscode', 'ripgrep', 'bin');
  fs.cpSync(path.join(unpacked, 'package', 'bin'), bin, { recursive: true });
  for (const name of fs.readdirSync(bin)) fs.chmodSync(path.join(bin, name), 0o755);
  fs.rmSync(unpacked, { recursive: true });
}

function installTypeScript(stage: string, root: string): void {
  const file = path.join(root, 'extensions', 'npm-shrinkwrap.json');
  const { packages } = JSON.parse(fs.readFileSync(file, 'utf8')) as {
    packages: Record<string, { version: string; integrity: string }>;
  };
  const pinned = packages['node_modules/typescript'];
  if (!pinned) throw new Error(`${file} does not say which TypeScript it needs`);
  const folder = path.join(root, 'extensions', 'node_modules', 'typescript');
  replacePackage(stage, folder, `typescript@${pinned.version}`, pinned.integrity);
}

function replacePackage(stage: string, folder: string, spec: string, integrity?: string): void {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  unpack(pack(stage, spec, integrity), folder, ['--strip-components=1']);
}

function writeModule(root: string, name: string, code: string): void {
  const folder = path.join(root, 'node_modules', name);
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    main?: string;
  };
  fs.writeFileSync(path.join(folder, manifest.main ?? 'index.js'), code);
}

/** Downloads a package and returns its archive. */
function pack(stage: string, spec: string, integrity?: string): string {
  const said = npm(['pack', spec, '--json', '--pack-destination', stage], stage);
  const [{ filename }] = JSON.parse(said) as [{ filename: string }];
  const archive = path.join(stage, filename.replace('@', '').replace('/', '-'));
  const found = `sha512-${createHash('sha512').update(fs.readFileSync(archive)).digest('base64')}`;
  if (integrity !== undefined && found !== integrity)
    throw new Error(`${spec} is not what it was: expected ${integrity}, found ${found}`);
  return archive;
}

function unpack(archive: string, folder: string, options: readonly string[] = []): void {
  execFileSync('tar', ['xzf', path.basename(archive), '-C', folder, ...options], {
    cwd: path.dirname(archive),
  });
  fs.rmSync(archive);
}

function npm(args: readonly string[], cwd: string): string {
  return execFileSync('npm', [...args], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...cleanNpmEnvironment(),
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_loglevel: 'error',
    },
  });
}

/** Without what the npm that runs this script would hand down, such as its prefix and its package. */
function cleanNpmEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^npm_(config_(local_prefix|prefix|global)|lifecycle|package|command|execpath)/.test(name),
  );
  return Object.fromEntries(kept);
}
