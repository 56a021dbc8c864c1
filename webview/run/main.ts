import './run.css';
import type { RunView, ToRunPanel } from '../../src/protocol/runPanel';
import { element, setShown, setText } from '../ui/dom';
import { onThemeChange, readTheme } from '../ui/theme';
import { registerComponents } from '../ui/toolkit';
import { Announcer } from './announcer';
import { Charts } from './charts';
import { Controls } from './controls';
import { Curves } from './curves';
import { Details } from './details';
import { Header } from './header';
import { RunHost, type ViewState } from './host';
import { Predicted } from './predicted';
import { Problems } from './problems';
import { isLive } from './status';

const defaultSmoothing = 0.9;

/** Puts the page together and keeps it at what the host says. */
function start(app: HTMLElement): void {
  registerComponents();
  const host = new RunHost(app.dataset.about ?? '');
  const curves = new Curves();
  let theme = readTheme();
  let hidden = new Set(host.view.hiddenSeries ?? []);
  const view = () => ({
    smoothing: host.view.smoothing ?? defaultSmoothing,
    logScale: host.view.logScale ?? false,
    hidden,
  });

  const charts = new Charts(curves, {
    theme: () => theme,
    view,
    toggle(key) {
      hidden = new Set(hidden);
      if (!hidden.delete(key)) hidden.add(key);
      host.keep({ hiddenSeries: [...hidden] });
      charts.restyle();
    },
  });
  const change = (changed: Pick<ViewState, 'smoothing' | 'logScale'>) => {
    host.keep(changed);
    if (changed.logScale === undefined) charts.update();
    else charts.rebuild();
  };
  const header = new Header((message) => host.send(message));
  const problems = new Problems((message) => host.send(message));
  const predicted = new Predicted();
  const details = new Details();
  const announcer = new Announcer();
  const controls = new Controls(view().smoothing, view().logScale, change);
  const empty = element('p', { id: 'empty' }, 'Loading the run…');
  const parts = [header.root, problems.root, controls.root, charts.root, predicted.root, details.root];
  for (const part of parts) part.hidden = true;
  app.append(
    ...[announcer.root, header.root, problems.root, controls.root, empty],
    ...[charts.root, predicted.root, details.root],
  );

  const showRun = (run: RunView) => {
    for (const part of [header.root, problems.root, details.root]) part.hidden = false;
    header.update(run);
    problems.update(run);
    predicted.update(run);
    details.update(run);
    announcer.update(run);
    const hasCurves = curves.keys().length > 0;
    for (const part of [controls.root, charts.root]) setShown(part, hasCurves);
    setShown(empty, !hasCurves);
    setText(empty, emptyText(run));
  };

  let pending: ToRunPanel | undefined;
  const draw = () => {
    const message = pending;
    pending = undefined;
    if (!message) return;
    if (message.type === 'gone') {
      for (const part of parts) part.hidden = true;
      setShown(empty, true);
      setText(empty, `${message.message} There is nothing left to show.`);
    } else {
      showRun(message.run);
      charts.update();
    }
    host.send({ type: 'acknowledge', id: message.id });
  };

  host.onMessage((message) => {
    if (message.type === 'hydrate') curves.hydrate(message.series);
    if (message.type === 'update') {
      curves.replace(message.replace);
      curves.append(message.append);
    }
    pending = message;
    requestAnimationFrame(draw);
  });
  onThemeChange(() => {
    theme = readTheme();
    charts.restyle();
  });
  host.send({ type: 'ready' });
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
