/** Colours a canvas needs as values: style sheets do not reach into it. */
export interface Theme {
  readonly foreground: string;
  readonly muted: string;
  readonly grid: string;
  readonly font: string;
  readonly highContrast: boolean;
  readonly lines: readonly string[];
}

const lineVariables = ['charts-blue', 'charts-orange', 'charts-green', 'charts-purple', 'charts-red'];

/** The colours of the editor's theme as they are now. */
export function readTheme(): Theme {
  const style = getComputedStyle(document.body);
  const read = (name: string, otherwise: string) =>
    style.getPropertyValue(`--vscode-${name}`).trim() || otherwise;
  const foreground = read('foreground', style.color);
  const highContrast = /\bvscode-high-contrast/.test(document.body.className);
  return {
    foreground,
    muted: highContrast ? foreground : read('descriptionForeground', foreground),
    grid: highContrast
      ? `color-mix(in srgb, ${read('contrastBorder', foreground)} 40%, transparent)`
      : read('editorIndentGuide-background1', read('panel-border', foreground)),
    font: `11px ${read('font-family', 'sans-serif')}`,
    highContrast,
    lines: lineVariables.map((name) => read(name, foreground)),
  };
}

/** Calls back whenever the editor has changed its theme, which it tells by the body's class and variables. */
export function onThemeChange(changed: () => void): void {
  const observer = new MutationObserver(() => changed());
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
}
