import type uPlot from 'uplot';
import { formatCount, formatMeasure } from '../../src/protocol/format';
import type { Theme } from '../ui/theme';
import { splitKey } from './curves';
import type { ShownRun } from './shownRuns';

/** One line of a chart: the values of a series of a run as they are, or smoothed. */
export interface Line {
  readonly run: ShownRun;
  readonly key: string;
  readonly smooth: boolean;
  readonly look: Look;
}

/** What tells the lines of a chart apart: never colour alone. */
export interface Look {
  /** Among the theme's colours. */
  readonly colour: number;
  /** Empty for a solid line. */
  readonly dash: readonly number[];
  /** Whether every value has a point, as those of evaluations have. */
  readonly points: boolean;
}

/** By run. Together with five colours more than anyone compares. */
const dashes: readonly (readonly number[])[] = [[], [9, 4], [2.5, 3], [12, 3, 2.5, 3]];
const evaluationDash = [6, 4];

/** Name of a line among all that the panel shows, by which it is hidden and remembered. */
export function lineId(run: ShownRun, key: string): string {
  return run.index === 0 ? key : `${key} ${run.directory}`;
}

/** Training is a line, whatever else there is has points. */
function isTraining(key: string): boolean {
  return splitKey(key).split === 'train';
}

/** Of several runs each has its colour and its dash; of one alone each of its curves. */
export function lookOf(run: ShownRun, key: string, keys: readonly string[], runs: number): Look {
  const points = !isTraining(key);
  if (runs > 1) return { colour: run.index, dash: dashes[run.index % dashes.length] ?? [], points };
  const others = keys.filter((each) => !isTraining(each));
  return points
    ? { colour: 1 + others.indexOf(key), dash: evaluationDash, points }
    : { colour: 0, dash: [], points };
}

export function colourOf({ colour }: Look, theme: Theme): string {
  return theme.lines[colour % theme.lines.length] ?? theme.foreground;
}

/** The lines of a chart: training raw and faint, then smoothed; evaluation as it is. */
export function linesOf(keys: readonly string[], runs: readonly ShownRun[]): Line[] {
  return runs.flatMap((run) =>
    keys.flatMap((key) => {
      const look = lookOf(run, key, keys, runs.length);
      const line = { run, key, look };
      return isTraining(key)
        ? [
            { ...line, smooth: false },
            { ...line, smooth: true },
          ]
        : [{ ...line, smooth: false }];
    }),
  );
}

/** How uPlot draws a line. */
export function seriesOf({ key, smooth, look }: Line, theme: () => Theme, show: boolean): uPlot.Series {
  const stroke = () => colourOf(look, theme());
  if (isTraining(key) && !smooth) return { show, stroke, alpha: 0.4, width: 1, points: { show: false } };
  return {
    show,
    stroke,
    width: 2,
    dash: [...look.dash],
    points: look.points
      ? { show: true, size: 7, width: 2, fill: stroke }
      : { show: (plot) => plot.data[0].length < 3, size: 6, fill: stroke },
  };
}

/** Round numbers, and of seconds those that clocks have. */
const decimals = [...Array(40).keys()].flatMap((power) =>
  [1, 2, 5].map((digit) => Number(`${digit}e${power - 9}`)),
);
const clock = [
  ...decimals.filter((seconds) => seconds < 60 && ![20, 50].includes(seconds)),
  ...[15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200],
  ...decimals.filter((days) => days >= 1).map((days) => days * 86_400),
].sort((a, b) => a - b);

/** What was reached below, values at the left. */
export function axes(
  theme: () => Theme,
  logarithmic: boolean,
  horizontal: { readonly kind: string; readonly format: (value: number) => string } = {
    kind: 'step',
    format: formatCount,
  },
): uPlot.Axis[] {
  const common = {
    stroke: () => theme().muted,
    // Called for each drawing, unlike a plain text, so that a change of theme shows.
    grid: { stroke: () => theme().grid, width: 1 },
    ticks: { show: false },
    font: theme().font,
    labelFont: theme().font,
  };
  const { kind, format } = horizontal;
  return [
    {
      ...common,
      size: 26,
      space: kind === 'time' ? 80 : 60,
      incrs: kind === 'time' ? clock : kind === 'step' ? decimals.filter((each) => each >= 1) : decimals,
      values: (_plot, splits) => splits.map((place) => format(place)),
    },
    {
      ...common,
      size: 58,
      ...(logarithmic && { space: 24 }),
      values: (_plot, splits) => splits.map((value) => (value == null ? '' : formatMeasure(value))),
    },
  ];
}
