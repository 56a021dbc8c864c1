import './run.css';
import type { RunView, ToRunPanel, XAxis } from '../../src/protocol/runPanel';
import { element, setShown, setText } from '../ui/dom';
import { onThemeChange, readTheme } from '../ui/theme';
import { registerComponents } from '../ui/toolkit';
import { Announcer } from './announcer';
import { AxisChoice } from './axisChoice';
import { Charts } from './charts';
import { Comparison } from './comparison';
import { Controls } from './controls';
import { Details } from './details';
import { Header } from './header';
import { RunHost } from './host';
import { pictureOf } from './picture';
import { Predicted } from './predicted';
import { Problems } from './problems';
import { ShownRuns } from './shownRuns';
import { isLive } from './status';
import { Viewport } from './viewport';
import { axisKinds, whyNot } from './xAxis';

const defaultSmoothing = 0.9;

/** Puts the page together and keeps it at what the host says. */
function start(app: HTMLElement): void {
  registerComponents();
  const host = new RunHost(app.dataset.about ?? '');
  const runs = new ShownRuns();
  let theme = readTheme();
  let hidden = new Set(host.view.hiddenSeries ?? []);
  const smoothing = () => host.view.smoothing ?? defaultSmoothing;
  const logarithmic = () => new Set(host.view.logarithmic ?? []);
  let lastAxis: XAxis | undefined;
  /** As chosen, where the panel's run knows it. */
  const axis = () => {
    const chosen = host.view.xAxis ?? lastAxis ?? 'step';
    return runs.own && whyNot(runs.own, chosen) === undefined ? chosen : 'step';
  };

  let drawing = false;
  const viewport = new Viewport(() => {
    if (drawing) return;
    drawing = true;
    requestAnimationFrame(() => {
      drawing = false;
      charts.draw();
    });
  });
  const charts: Charts = new Charts({
    theme: () => theme,
    smoothing,
    axis,
    viewport,
    isLogarithmic: (quantity) => logarithmic().has(quantity),
    setLogarithmic(quantity, wanted) {
      const quantities = logarithmic();
      if (wanted) quantities.add(quantity);
      else quantities.delete(quantity);
      host.keep({ logarithmic: [...quantities] });
      charts.rebuild();
      charts.root.querySelector<HTMLElement>(`[data-quantity="${CSS.escape(quantity)}"] .log`)?.focus();
    },
    hidden: () => hidden,
    toggle(id) {
      hidden = new Set(hidden);
      if (!hidden.delete(id)) hidden.add(id);
      host.keep({ hiddenSeries: [...hidden] });
      charts.restyle();
    },
  });
  const axisChoice = new AxisChoice((chosen) => {
    host.keep({ xAxis: chosen });
    host.send({ type: 'chooseAxis', axis: chosen });
    viewport.reset();
    axisChoice.update(runs, axis());
    charts.rebuild();
  });
  const header = new Header((message) => host.send(message));
  const problems = new Problems((message) => host.send(message));
  const predicted = new Predicted();
  const comparison = new Comparison((message) => host.send(message));
  const details = new Details();
  const announcer = new Announcer();
  const controls = new Controls(smoothing(), axisChoice, {
    smooth(weight) {
      host.keep({ smoothing: weight });
      charts.draw();
    },
    compare: () => host.send({ type: 'compare' }),
    exportCsv: () => host.send({ type: 'exportCsv' }),
    exportPng() {
      const { own } = runs;
      if (!own) return;
      const below = `Over ${axisKinds[axis()].label(own)}`;
      void pictureOf(charts.root, own.label, below).then((png) => host.send({ type: 'exportPng', png }));
    },
  });
  const empty = element('p', { id: 'empty' }, 'Loading the run…');
  const parts = [header.root, problems.root, controls.root, charts.root, predicted.root, details.root];
  for (const part of parts) part.hidden = true;
  app.append(
    ...[announcer.root, header.root, problems.root, controls.root],
    ...[comparison.root, empty, charts.root, predicted.root, details.root],
  );

  const showRun = (run: RunView) => {
    for (const part of [header.root, problems.root, details.root]) part.hidden = false;
    header.update(run);
    problems.update(run);
    predicted.update(run);
    details.update(run);
    announcer.update(run);
    comparison.update(runs.all);
    axisChoice.update(runs, axis());
    const some = runs.all.some(({ curves }) => curves.keys().length > 0);
    for (const part of [controls.root, charts.root]) setShown(part, some);
    setShown(empty, !some);
    setText(empty, emptyText(run));
  };

  let pending: ToRunPanel | undefined;
  let drawnOver: XAxis | undefined;
  const draw = () => {
    const message = pending;
    pending = undefined;
    if (!message) return;
    if (message.type === 'gone') {
      for (const part of [...parts, comparison.root]) part.hidden = true;
      setShown(empty, true);
      setText(empty, `${message.message} There is nothing left to show.`);
    } else {
      showRun(message.run);
      charts.update(runs.all);
      // What the axis was waiting for has become known.
      if (drawnOver !== axis()) charts.rebuild();
      drawnOver = axis();
    }
    host.send({ type: 'acknowledge', id: message.id });
  };

  host.onMessage((message) => {
    if (message.type === 'update') {
      lastAxis ??= message.lastAxis;
      if (runs.take(message.curves))
        host.keep({ compared: runs.all.slice(1).map(({ directory }) => directory) });
    }
    pending = message;
    requestAnimationFrame(draw);
  });
  onThemeChange(() => {
    theme = readTheme();
    charts.restyle();
  });
  host.send({ type: 'ready', ...(host.view.compared && { compared: host.view.compared }) });
}

function emptyText(run: RunView): string {
  if (run.status === 'queued') return 'This run waits: it begins when its device is free.';
  if (!isLive(run)) return 'This run ended before its first step.';
  return run.status === 'starting'
    ? 'Starting: compiling the experiment, choosing the backend…'
    : 'Loading data and building the model; curves begin with the first step…';
}

const app = document.getElementById('app');
if (app) start(app);
