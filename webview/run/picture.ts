import { readTheme, type Theme } from '../ui/theme';

const gap = 16;
const lineHeight = 18;
const swatchWidth = 32;

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
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This window gives no canvas to draw a picture on.');
  const theme = readTheme();
  const heights = parts.map((part) => headHeight(context, part, theme) + canvasOf(part).clientHeight + gap);
  const height = heights.reduce((sum, each) => sum + each, 0) + 2 * lineHeight + 2 * gap;
  const width = Math.max(...parts.map((part) => part.clientWidth)) + 2 * gap;
  canvas.width = width * devicePixelRatio;
  canvas.height = height * devicePixelRatio;
  context.scale(devicePixelRatio, devicePixelRatio);
  context.fillStyle = getComputedStyle(document.body).backgroundColor;
  context.fillRect(0, 0, width, height);
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
  for (const { item, text, left, row } of legendOf(context, part, theme)) {
    const y = top + (1 + row) * lineHeight;
    context.strokeStyle = context.fillStyle = getComputedStyle(item.querySelector('svg') ?? item).color;
    drawSwatch(context, item, left, y + lineHeight / 2);
    write(context, text, left + swatchWidth, y, theme);
  }
  const canvas = canvasOf(part);
  const { clientWidth, clientHeight } = canvas;
  context.drawImage(canvas, gap, top + headHeight(context, part, theme), clientWidth, clientHeight);
}

/** The legend's items where the picture has them: as many in a row as fit above the chart. */
function legendOf(context: CanvasRenderingContext2D, part: HTMLElement, theme: Theme) {
  let [left, row] = [gap, 0];
  context.font = fontOf(theme);
  return [...part.querySelectorAll<HTMLElement>('.legend-item[aria-pressed="true"]')].map((item) => {
    const text = [...item.querySelectorAll('span')].map((each) => each.textContent).join(' ');
    const width = swatchWidth + context.measureText(text).width + gap;
    if (left > gap && left + width > part.clientWidth) [left, row] = [gap, row + 1];
    const placed = { item, text, left, row };
    left += width;
    return placed;
  });
}

function headHeight(context: CanvasRenderingContext2D, part: HTMLElement, theme: Theme): number {
  return (2 + (legendOf(context, part, theme).at(-1)?.row ?? 0)) * lineHeight;
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
  context.font = weight + fontOf(theme);
  context.fillText(text, left, top + 3);
}

function fontOf(theme: Theme): string {
  return theme.font.replace('11px', '12px');
}

function canvasOf(part: HTMLElement): HTMLCanvasElement {
  const canvas = part.querySelector('canvas');
  if (!canvas) throw new Error('This chart has not been drawn yet.');
  return canvas;
}
