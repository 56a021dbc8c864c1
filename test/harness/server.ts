import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { contributes } from '../../package.json';
import { runningVariable } from '../../src/train/machineRuns';
import { installServer } from './serverInstall';

/** An editor that asks nothing, fetches nothing and looks the same everywhere. */
const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.preferredDarkColorTheme': 'Default Dark Modern',
  'workbench.preferredLightColorTheme': 'Default Light Modern',
  'window.autoDetectColorScheme': true,
  'editor.minimap.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'npm.fetchOnlinePackageInfo': false,
  'json.schemaDownload.enable': false,
  'typescript.disableAutomaticTypeAcquisition': true,
  // No test asks for TypeScript's own opinion, which takes many seconds of a processor in each window.
  'typescript.tsserver.useSyntaxServer': 'always',
  'git.enabled': false,
  'chat.commandCenter.enabled': false,
};

export interface ServerOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Whether modal dialogs are shown, and no suite can be run; default false. */
  readonly dialogs?: boolean;
  /** Whether folders are trusted unasked; default true. */
  readonly trustAll?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  /** A packaged extension to install first. */
  readonly vsix?: string;
  readonly say?: (line: string) => void;
}

export interface PageOptions {
  /** Or a file of a workspace of several folders. */
  readonly folder: string;
  /** The extension to load from its sources; none where a packaged one is installed. */
  readonly extension?: string;
  /** Compiled suite to run inside the extension host. */
  readonly tests?: string;
  readonly openFile?: string;
}

/**
 * Puts each setting where a window takes it from: the server's file for what belongs to the machine. In the user's file
 * such a setting counts only as long as the window does not know yet what it is.
 */
function writeSettings(dataFolder: string, settings: Readonly<Record<string, unknown>>): void {
  const scopes = contributes.configuration.properties as Readonly<
    Record<string, { readonly scope?: string }>
  >;
  const ofMachine = ([name]: [string, unknown]) => scopes[name]?.scope?.startsWith('machine') === true;
  const entries = Object.entries(settings);
  const files = { User: entries.filter((each) => !ofMachine(each)), Machine: entries.filter(ofMachine) };
  for (const [owner, content] of Object.entries(files)) {
    const folder = path.join(dataFolder, 'data', owner);
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'settings.json'), JSON.stringify(Object.fromEntries(content)));
  }
}

/** A VS Code server on this machine; only this machine can reach it. */
export class VsCodeServer {
  private output = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly dataFolder: string,
    readonly port: number,
  ) {}

  static async start(options: ServerOptions = {}): Promise<VsCodeServer> {
    const root = installServer(options.say ?? (() => undefined));
    const dataFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'compute-lens-server-'));
    writeSettings(dataFolder, { ...quietSettings, ...options.settings });
    const main = path.join('out', 'server-main.js');
    // What other windows of these tests train is none of this one's business.
    const own = { EXTENSIONS_GALLERY: '{}', [runningVariable]: path.join(dataFolder, 'running') };
    const env = { ...withoutEditor(process.env), ...own, ...options.env };
    if (options.vsix !== undefined)
      execFileSync(
        process.execPath,
        [main, '--server-data-dir', dataFolder, '--install-extension', options.vsix],
        { cwd: root, env, stdio: 'pipe' },
      );
    const child = spawn(process.execPath, [main, ...flags(dataFolder, options)], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    const port = await new Promise<number>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`the VS Code server did not start:\n${output}`)),
        60_000,
      );
      const listen = (chunk: Buffer) => {
        output += chunk.toString();
        const listening = /listening on (\d+)/.exec(output);
        if (!listening || !output.includes('agent started')) return;
        clearTimeout(timer);
        resolve(Number(listening[1]));
      };
      child.stdout.on('data', listen);
      child.stderr.on('data', listen);
      child.once('exit', (code) =>
        reject(new Error(`the VS Code server ended with code ${code}:\n${output}`)),
      );
    });
    const server = new VsCodeServer(child, dataFolder, port);
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (server.output += chunk.toString()));
    return server;
  }

  /** What it has printed since it listens. */
  get log(): string {
    return this.output;
  }

  /** Leader of the process group that all of its extension hosts are in. */
  get pid(): number {
    return this.child.pid as number;
  }

  url({ folder, extension, tests, openFile }: PageOptions): string {
    const remote = (file: string) =>
      `vscode-remote://127.0.0.1:${this.port}${path.posix.resolve('/', slashes(file))}`;
    const payload = [
      ['skipWelcome', 'true'],
      ['skipReleaseNotes', 'true'],
      ...(extension === undefined ? [] : [['extensionDevelopmentPath', remote(extension)]]),
      ...(tests === undefined ? [] : [['extensionTestsPath', remote(tests)]]),
      ...(openFile === undefined ? [] : [['openFile', remote(openFile)]]),
    ];
    const opened = folder.endsWith('.code-workspace') ? 'workspace' : 'folder';
    const query = new URLSearchParams({ [opened]: slashes(folder), payload: JSON.stringify(payload) });
    return `http://127.0.0.1:${this.port}/?${query.toString()}`;
  }

  /** Ends the server and every process of its group, then removes its data. */
  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.signal('SIGTERM');
      const timer = setTimeout(() => this.signal('SIGKILL'), 3000);
      await gone;
      clearTimeout(timer);
    }
    this.signal('SIGKILL');
    fs.rmSync(this.dataFolder, { recursive: true, force: true, maxRetries: 5 });
  }

  private signal(name: NodeJS.Signals): void {
    try {
      if (process.platform === 'win32') this.child.kill(name);
      else process.kill(-this.pid, name);
    } catch {
      // All of it is gone already.
    }
  }
}

function flags(dataFolder: string, { trustAll = true, dialogs = false }: ServerOptions): string[] {
  return [
    ...['--host', '127.0.0.1', '--port', '0', '--without-connection-token', '--accept-server-license-terms'],
    ...['--telemetry-level', 'off', '--disable-update-check', '--disable-getting-started-override'],
    // Without it the page ignores the path of a suite, silently; with it, modal dialogs are refused.
    ...(dialogs ? [] : ['--enable-smoke-test-driver']),
    ...(trustAll ? ['--disable-workspace-trust'] : []),
    ...['--server-data-dir', dataFolder],
  ];
}

/** The environment as it is outside any editor. */
export function withoutEditor(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(VSCODE|ELECTRON)_/.test(name)));
}

function slashes(file: string): string {
  const absolute = path.resolve(file).split(path.sep).join('/');
  return absolute.startsWith('/') ? absolute : `/${absolute}`;
}
