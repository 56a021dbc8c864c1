import type uPlot from 'uplot';
import type { Theme } from '../ui/theme';
import { colourOf, type Look } from './chartStyle';
import type { Mark } from './sight';

export interface LineMarks {
  readonly look: Look;
  readonly marks: readonly Mark[];
}

const sizePixels = 5;

/**
 * Shows where values are no numbers that an axis has: a cross at the upper edge for NaN, a triangle that points out of
 * the chart for infinities.
 */
export function drawMarks(plot: uPlot, lines: readonly LineMarks[], theme: Theme): void {
  const { ctx, bbox } = plot;
  const size = sizePixels * devicePixelRatio;
  ctx.save();
  ctx.lineWidth = 2 * devicePixelRatio;
  for (const { look, marks } of lines) {
    ctx.strokeStyle = ctx.fillStyle = colourOf(look, theme);
    for (const { x, kind } of marks) {
      const left = plot.valToPos(x, 'x', true);
      if (left < bbox.left || left > bbox.left + bbox.width) continue;
      const top = bbox.top + size + ctx.lineWidth;
      const bottom = bbox.top + bbox.height - size - ctx.lineWidth;
      ctx.beginPath();
      if (kind === 'NaN') {
        ctx.moveTo(left - size, top - size);
        ctx.lineTo(left + size, top + size);
        ctx.moveTo(left + size, top - size);
        ctx.lineTo(left - size, top + size);
        ctx.stroke();
      } else {
        const [tip, base] = kind === 'Infinity' ? [top - size, top + size] : [bottom + size, bottom - size];
        ctx.moveTo(left, tip);
        ctx.lineTo(left + size, base);
        ctx.lineTo(left - size, base);
        ctx.fill();
      }
    }
  }
  ctx.restore();
}
