import { formatMeasure } from '../../src/protocol/format';
import { readTheme, type Theme } from '../ui/theme';

const gap = 16;
const lineHeight = 18;

/**
 * All charts that are in sight, with their legends, as one picture in the colours of the theme.
 *
 * @param title above all
 * @param axis what the charts are drawn over, below all
 * @returns the bytes of a PNG
 */
export async function pictureOf(
  charts: HTMLElement,
  title: string,
  axis: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts = [...charts.querySelectorAll<HTMLElement>('.chart')];
  const scale = devicePixelRatio;
  const width = Math.max(...parts.map((part) => part.clientWidth)) + 2 * gap;
  const heights = parts.map((part) => 2 * lineHeight + canvasOf(part).clientHeight + gap);
  const canvas = document.createElement('canvas');
  canvas.width = width * scale;
  canvas.height = (heights.reduce((sum, height) => sum + height, 0) + 2 * lineHeight + 2 * gap) * scale;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This window gives no canvas to draw a picture on.');
  context.scale(scale, scale);
  const theme = readTheme();
  context.fillStyle = getComputedStyle(document.body).backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.textBaseline = 'top';
  let top = gap;
  write(context, title, gap, top, theme, 'bold ');
  top += lineHeight + gap / 2;
  parts.forEach((part, i) => {
    drawChart(context, part, top, theme);
    top += heights[i] ?? 0;
  });
  write(context, axis, gap, top, theme);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (!blob) throw new Error('This window could not make a PNG of the curves.');
  return new Uint8Array(await blob.arrayBuffer());
}

function drawChart(context: CanvasRenderingContext2D, part: HTMLElement, top: number, theme: Theme): void {
  write(context, part.dataset.quantity ?? '', gap, top, theme, 'bold ');
  let left = gap;
  for (const item of part.querySelectorAll<HTMLElement>('.legend-item[aria-pressed="true"]')) {
    context.strokeStyle = context.fillStyle = getComputedStyle(item.querySelector('svg') ?? item).color;
    drawSwatch(context, item, left, top + 1.5 * lineHeight);
    const [name, value] = [...item.querySelectorAll('span')].map((each) => each.textContent ?? '');
    const number = Number(value);
    const text = `${name} ${value === '' || Number.isNaN(number) ? value : formatMeasure(number)}`;
    write(context, text, left + 32, top + lineHeight, theme);
    left += 32 + context.measureText(text).width + gap;
  }
  const canvas = canvasOf(part);
  context.drawImage(canvas, gap, top + 2 * lineHeight, canvas.clientWidth, canvas.clientHeight);
}

function drawSwatch(context: CanvasRenderingContext2D, item: HTMLElement, left: number, y: number): void {
  const dash = item.querySelector('line')?.getAttribute('stroke-dasharray');
  context.save();
  context.lineWidth = 2;
  context.setLineDash(dash ? dash.split(' ').map(Number) : []);
  context.beginPath();
  context.moveTo(left, y);
  context.lineTo(left + 26, y);
  context.stroke();
  if (item.querySelector('circle')) {
    context.beginPath();
    context.arc(left + 13, y, 3.5, 0, 2 * Math.PI);
    context.fill();
  }
  context.restore();
}

function write(
  context: CanvasRenderingContext2D,
  text: string,
  left: number,
  top: number,
  theme: Theme,
  weight = '',
): void {
  context.fillStyle = theme.foreground;
  context.font = weight + theme.font.replace('11px', '12px');
  context.fillText(text, left, top + 3);
}

function canvasOf(part: HTMLElement): HTMLCanvasElement {
  const canvas = part.querySelector('canvas');
  if (!canvas) throw new Error('This chart has not been drawn yet.');
  return canvas;
}
