import type uPlot from 'uplot';
import { formatCount, formatMeasure } from '../../src/protocol/format';
import type { Theme } from '../ui/theme';
import { splitKey } from './curves';

/** One line of a chart: the values of a series as they are, or smoothed. */
export interface Line {
  readonly key: string;
  readonly smooth: boolean;
  series(theme: () => Theme, show: boolean): uPlot.Series;
}

/** Training is a solid line, whatever else there is dashed with points: told apart without colour. */
export function isTraining(key: string): boolean {
  return splitKey(key).split === 'train';
}

/** Index of a series' colour among the theme's. */
export function colourIndex(keys: readonly string[], key: string): number {
  return isTraining(key) ? 0 : 1 + keys.filter((each) => !isTraining(each)).indexOf(key);
}

/** The lines of a chart: training raw and faint, then smoothed; evaluation as it is. */
export function linesOf(keys: readonly string[]): Line[] {
  return keys.flatMap((key) => {
    const stroke = (theme: Theme) =>
      theme.lines[colourIndex(keys, key) % theme.lines.length] ?? theme.foreground;
    return isTraining(key) ? [raw(key, stroke), smooth(key, stroke)] : [evaluation(key, stroke)];
  });
}

function raw(key: string, stroke: (theme: Theme) => string): Line {
  return {
    key,
    smooth: false,
    series: (theme, show) => ({
      show,
      stroke: () => stroke(theme()),
      alpha: 0.4,
      width: 1,
      points: { show: false },
    }),
  };
}

function smooth(key: string, stroke: (theme: Theme) => string): Line {
  return {
    key,
    smooth: true,
    series: (theme, show) => ({
      show,
      stroke: () => stroke(theme()),
      width: 2,
      points: { show: (plot) => plot.data[0].length < 3, size: 6, fill: () => stroke(theme()) },
    }),
  };
}

function evaluation(key: string, stroke: (theme: Theme) => string): Line {
  return {
    key,
    smooth: false,
    series: (theme, show) => ({
      show,
      stroke: () => stroke(theme()),
      width: 2,
      dash: [6, 4],
      points: { show: true, size: 7, width: 2, fill: () => stroke(theme()) },
    }),
  };
}

/** Steps below, values at the left. */
export function axes(theme: () => Theme, logarithmic: boolean): uPlot.Axis[] {
  const common = {
    stroke: () => theme().muted,
    // Called for each drawing, unlike a plain text, so that a change of theme shows.
    grid: { stroke: () => theme().grid, width: 1 },
    ticks: { show: false },
    font: theme().font,
    labelFont: theme().font,
  };
  const wholeSteps = [1, 2, 5].flatMap((digit) => [...Array(12).keys()].map((power) => digit * 10 ** power));
  return [
    {
      ...common,
      size: 26,
      incrs: wholeSteps.sort((a, b) => a - b),
      values: (_plot, splits) => splits.map((step) => formatCount(step)),
    },
    {
      ...common,
      size: 58,
      ...(logarithmic && { space: 24 }),
      values: (_plot, splits) => splits.map((value) => (value == null ? '' : formatMeasure(value))),
    },
  ];
}
