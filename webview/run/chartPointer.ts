import type uPlot from 'uplot';
import type { Viewport } from './viewport';

/** One notch of a usual wheel. */
const notchPixels = 100;

/**
 * Wheel and drag over a chart. The plain wheel stays the page's: with Ctrl or Command (and a pinch, which browsers tell
 * as that) it zooms, with Shift or sideways it pans. A drag with Shift pans; a plain one is uPlot's, and selects.
 */
export function followPointer(plot: uPlot, viewport: Viewport): void {
  const { over } = plot;
  over.addEventListener(
    'wheel',
    (event) => {
      if (event.ctrlKey || event.metaKey) {
        const around = plot.posToVal(event.clientX - over.getBoundingClientRect().left, 'x');
        viewport.zoom(2 ** (event.deltaY / notchPixels), around);
      } else {
        const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
        if (!viewport.zoomed || Math.abs(sideways) <= (event.shiftKey ? 0 : Math.abs(event.deltaY))) return;
        viewport.pan(sideways / over.clientWidth);
      }
      event.preventDefault();
    },
    { passive: false },
  );
  over.addEventListener(
    'mousedown',
    (event) => {
      if (!event.shiftKey || event.button !== 0 || !viewport.zoomed) return;
      event.stopImmediatePropagation();
      event.preventDefault();
      let last = event.clientX;
      const move = ({ clientX }: MouseEvent) => {
        viewport.pan((last - clientX) / over.clientWidth);
        last = clientX;
      };
      const end = () => {
        window.removeEventListener('mousemove', move);
        window.removeEventListener('mouseup', end);
      };
      window.addEventListener('mousemove', move);
      window.addEventListener('mouseup', end);
    },
    { capture: true },
  );
}
