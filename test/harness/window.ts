import fs from 'node:fs';
import path from 'node:path';
import {
  chromium,
  type Browser,
  type BrowserServer,
  type FrameLocator,
  type Locator,
  type Page,
} from 'playwright-core';
import { browserOptions } from './browser';
import { VsCodeServer } from './server';
import { processesOfGroup } from './processes';

export const repository = path.resolve(__dirname, '../../..');
const screenshots = path.join(repository, 'out', 'screenshots');

export const themes = {
  dark: { colorScheme: 'dark', forcedColors: 'none' },
  light: { colorScheme: 'light', forcedColors: 'none' },
  'high-contrast': { colorScheme: 'dark', forcedColors: 'active' },
  'high-contrast-light': { colorScheme: 'light', forcedColors: 'active' },
} as const;
export type Theme = keyof typeof themes;
const bodyClass: Record<Theme, string> = {
  dark: 'vscode-dark',
  light: 'vscode-light',
  'high-contrast': 'vscode-high-contrast',
  'high-contrast-light': 'vscode-high-contrast-light',
};

export interface WindowOptions {
  readonly workspace: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly dialogs?: boolean;
  /** Whether the folder is trusted unasked; default true. */
  readonly trustAll?: boolean;
  /** Of the extension's host, beside what there is. */
  readonly env?: NodeJS.ProcessEnv;
  /** Folder of the extension to load; default this one. */
  readonly extension?: string;
  /** Of the editor, such as `zh-cn`; what it says itself stays English, for want of a language pack. */
  readonly language?: string;
  /** A packaged extension that is installed instead. */
  readonly vsix?: string;
}

/** A real VS Code window with the extension, and what a user does in it. */
export class VsCodeWindow {
  private constructor(
    private readonly options: WindowOptions,
    readonly server: VsCodeServer,
    private browser: BrowserServer,
    public page: Page,
  ) {}

  static async open(options: WindowOptions): Promise<VsCodeWindow> {
    const server = await VsCodeServer.start({
      ...(options.settings && { settings: options.settings }),
      ...(options.env && { env: options.env }),
      ...(options.dialogs && { dialogs: true }),
      ...(options.trustAll === false && { trustAll: false }),
      ...(options.vsix !== undefined && { vsix: options.vsix }),
      say: console.log,
    });
    try {
      const { browser, page } = await openPage();
      const window = new VsCodeWindow(options, server, browser, page);
      await window.load();
      return window;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  get panel(): FrameLocator {
    return panelOf(this.page);
  }

  async close(): Promise<void> {
    await this.browser.kill().catch(() => undefined);
    await this.server.stop();
  }

  async reload(): Promise<void> {
    const loaded = this.page.waitForEvent('load');
    await this.command('Developer: Reload Window');
    await loaded;
    await this.ready();
  }

  /** Kills the browser, and with it the window, without a word to anyone. */
  async kill(): Promise<void> {
    const browserProcess = this.browser.process();
    const gone = new Promise((resolve) => browserProcess.once('exit', resolve));
    browserProcess.kill('SIGKILL');
    await gone;
  }

  /** A new window on the same server, after {@link kill}. */
  async reopen(): Promise<void> {
    const { browser, page } = await openPage();
    this.browser = browser;
    this.page = page;
    await this.load();
  }

  /** Another window of the same folder, as one opens beside the first; it goes with it. */
  async another(): Promise<VsCodeWindow> {
    const beside = this.page.context().browser();
    if (!beside) throw new Error('the window has no browser any more');
    const window = new VsCodeWindow(this.options, this.server, this.browser, await newPage(beside));
    await window.load();
    return window;
  }

  /**
   * Turns to another page of the browser, as one does who is at something else: the window has no focus then.
   *
   * @returns what turns back to it
   */
  async leave(): Promise<() => Promise<void>> {
    const context = this.page.context();
    const session = await context.newCDPSession(this.page);
    // Playwright has every page believe that it has the focus.
    const pretend = (enabled: boolean) => session.send('Emulation.setFocusEmulationEnabled', { enabled });
    const elsewhere = await context.newPage();
    await pretend(false);
    await elsewhere.bringToFront();
    await this.page.waitForFunction('!document.hasFocus()');
    return async () => {
      await this.page.bringToFront();
      await pretend(true);
      await elsewhere.close();
      await session.detach();
    };
  }

  /** Pids of the extension hosts of this server. */
  extensionHosts(): number[] {
    return processesOfGroup(this.server.pid, '--type=extensionHost');
  }

  /** Opens a file of the workspace by its name. */
  async openFile(name: string): Promise<void> {
    await this.page.keyboard.press('Control+p');
    await this.quickInput().fill(name);
    await this.row(name).first().waitFor();
    await this.page.keyboard.press('Enter');
    await this.page.locator('.tab.active').filter({ hasText: name }).waitFor();
  }

  /** Opens the palette and runs the command of this title; again, should the window not know it yet. */
  async command(title: string): Promise<void> {
    const input = this.quickInput();
    for (let attempts = 0; ; attempts++) {
      try {
        await this.page.keyboard.press('F1');
        await input.waitFor({ state: 'visible', timeout: 5000 });
        await input.fill(`>${title}`, { timeout: 5000 });
        await this.row(title).first().waitFor({ timeout: 5000 });
        await this.page.keyboard.press('Enter');
        return;
      } catch (error) {
        if (attempts === 8) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
  }

  /** Chooses in the list that is open. */
  async pick(text: string): Promise<void> {
    await this.row(text).first().click();
  }

  row(text: string): Locator {
    return this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: text });
  }

  quickInput(): Locator {
    return this.page.locator('.quick-input-widget .quick-input-box input').first();
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item').filter({ hasText: text });
  }

  /** Items of the view with this text. */
  treeItem(text: string | RegExp): Locator {
    return this.page.locator('.pane-body .monaco-list-row').filter({ hasText: text });
  }

  /** Follows the system's colours, as `window.autoDetectColorScheme` has it. */
  async theme(theme: Theme): Promise<void> {
    await this.page.emulateMedia(themes[theme]);
  }

  /** Waits until the panel wears the theme. */
  async panelTheme(theme: Theme): Promise<void> {
    await this.theme(theme);
    await this.panel.locator(`body.${bodyClass[theme]}`).waitFor();
  }

  /** The window in high contrast, in light and in dark. */
  async screenshots(name: string): Promise<void> {
    for (const theme of ['high-contrast', 'light', 'dark'] as const) {
      await this.theme(theme);
      await this.screenshot(`${name}-${theme}`);
    }
  }

  /** Writes `out/screenshots/<name>.png`, of the whole window or a part of it in pixels. */
  async screenshot(
    name: string,
    clip?: { x: number; y: number; width: number; height: number },
  ): Promise<string> {
    fs.mkdirSync(screenshots, { recursive: true });
    const file = path.join(screenshots, `${name}.png`);
    // Colours fade over a few frames.
    await this.page.waitForTimeout(700);
    await this.page.screenshot({ path: file, ...(clip && { clip }) });
    return file;
  }

  /** What axe-core finds wrong in the panel: rule, impact and the elements. */
  async panelViolations(): Promise<string[]> {
    const source = fs.readFileSync(path.join(repository, 'node_modules/axe-core/axe.min.js'), 'utf8');
    // Evaluated from outside, since the page's own policy lets no foreign script in.
    return this.panel.locator('body').evaluate(async (body: unknown, script) => {
      (0, eval)(script);
      interface Violation {
        readonly id: string;
        readonly impact: string;
        readonly nodes: readonly { readonly target: readonly unknown[] }[];
      }
      const { axe } = globalThis as unknown as {
        axe: { run(root: unknown, options: object): Promise<{ violations: Violation[] }> };
      };
      const { ownerDocument } = body as { ownerDocument: unknown };
      const { violations } = await axe.run(ownerDocument, { resultTypes: ['violations'] });
      return violations.map(
        ({ id, impact, nodes }) =>
          `${id} (${impact}): ${nodes.map(({ target }) => target.join(' ')).join('; ')}`,
      );
    }, source);
  }

  private async load(): Promise<void> {
    const { workspace, vsix, language, extension = repository } = this.options;
    if (language !== undefined)
      await this.page.addInitScript((name) => {
        Object.assign(globalThis, { _VSCODE_NLS_LANGUAGE: name });
        const { navigator } = globalThis as unknown as { navigator: object };
        Object.defineProperty(navigator, 'language', { value: name });
      }, language);
    await this.page.goto(this.server.url({ folder: workspace, ...(vsix === undefined && { extension }) }));
    await this.ready();
  }

  private async ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor();
  }
}

/** The inner frame of the one webview in sight: where the extension's page lives. */
export function panelOf(page: Page): FrameLocator {
  return page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
}

/** A page of a browser of its own. */
export async function openPage(): Promise<{ browser: BrowserServer; page: Page }> {
  const browser = await chromium.launchServer(browserOptions(console.log));
  const client = await chromium.connect(browser.wsEndpoint());
  return { browser, page: await newPage(client) };
}

/** A page that shares nothing with other ones, but for those that it opens itself. */
async function newPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...themes.dark });
  context.setDefaultTimeout(60_000);
  return context.newPage();
}
