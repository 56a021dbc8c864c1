import { readTheme } from '../ui/theme';
import { mix, type MaskColours, type Rgb } from './palette';

/** The colours of the editor's theme as they are now. */
export function readColours(): MaskColours {
  const { foreground, highContrast } = readTheme();
  const style = getComputedStyle(document.body);
  const read = (name: string, otherwise: Rgb): Rgb =>
    rgbOf(style.getPropertyValue(`--vscode-${name}`).trim()) ?? otherwise;
  const background = read('editor-background', rgbOf(style.backgroundColor) ?? [0, 0, 0]);
  const ink = rgbOf(foreground) ?? [128, 128, 128];
  const strongest: Rgb = lightness(background) < 0.5 ? [255, 255, 255] : [0, 0, 0];
  const at = (hue: string, distance: number) =>
    atDistance(read(`charts-${hue}`, ink), background, strongest, distance);
  const towards = (colour: Rgb, share: number) => mix(background, colour, share);
  return {
    background,
    inactive: towards(ink, highContrast ? 0.16 : 0.08),
    dropped: at('red', highContrast ? 0.42 : 0.3),
    active: at('blue', highContrast ? 0.62 : 0.5),
    grown: at('green', highContrast ? 0.9 : 0.75),
    strong: at('blue', highContrast ? 0.95 : 0.78),
  };
}

/** The colour as a style has it. */
export function cssOf([red, green, blue]: Rgb): string {
  return `rgb(${Math.round(red)}, ${Math.round(green)}, ${Math.round(blue)})`;
}

/** Perceived lightness from 0 to 1 (the L* of CIE 1976 by the luminance of sRGB). */
export function lightness([red, green, blue]: Rgb): number {
  const linear = (value: number) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  const luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  return (luminance > 216 / 24389 ? 116 * Math.cbrt(luminance) - 16 : (luminance * 24389) / 27) / 100;
}

/** The hue brought so far from the background in lightness. */
function atDistance(hue: Rgb, background: Rgb, strongest: Rgb, distance: number): Rgb {
  const away = (colour: Rgb) => Math.abs(lightness(colour) - lightness(background));
  const towards = away(hue) < distance ? strongest : background;
  let [low, high] = [0, 1];
  for (let i = 0; i < 12; i++) {
    const middle = (low + high) / 2;
    const near = away(mix(hue, towards, middle)) < distance;
    if (near === (towards === strongest)) low = middle;
    else high = middle;
  }
  return mix(hue, towards, (low + high) / 2);
}

const probe = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });

/** Whatever a style sheet may call a colour; undefined where it is none. */
function rgbOf(text: string): Rgb | undefined {
  if (!probe || text === '' || !CSS.supports('color', text)) return undefined;
  probe.clearRect(0, 0, 1, 1);
  probe.fillStyle = text;
  probe.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0, alpha = 0] = probe.getImageData(0, 0, 1, 1).data;
  return alpha === 0 ? undefined : [red, green, blue];
}
