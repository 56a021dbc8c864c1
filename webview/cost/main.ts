import './cost.css';
import {
  costPanelStateSchema,
  toCostPanelSchema,
  type CostView,
  type FromCostPanel,
} from '../../src/protocol/costPanel';
import { element, setShown } from '../ui/dom';
import { Host } from '../ui/host';
import { onThemeChange, readTheme } from '../ui/theme';
import { registerComponents } from '../ui/toolkit';
import { Header } from './header';
import { PeakList } from './peak';
import { Roofline } from './roofline';
import { StepChart } from './stepChart';
import { LayerTable } from './table';
import { Treemap } from './treemap';
import { WhatIfControls } from './whatIf';

/** Puts the page together and keeps it at what the host says. */
function start(app: HTMLElement): void {
  registerComponents();
  const host = new Host<typeof costPanelStateSchema, typeof toCostPanelSchema, FromCostPanel>(
    { file: app.dataset.about ?? '' },
    costPanelStateSchema,
    toCostPanelSchema,
  );
  let theme = readTheme();
  let view: CostView | undefined;
  const openLayer = (name: string) => host.send({ type: 'openLayer', name });
  const header = new Header((message) => host.send(message));
  const whatIf = new WhatIfControls((asked) => host.send({ type: 'whatIf', whatIf: asked }));
  const treemap = new Treemap(openLayer);
  const chart = new StepChart(() => theme);
  const peak = new PeakList();
  const roofline = new Roofline(openLayer);
  const table = new LayerTable({
    openLayer,
    sort(sort) {
      host.keep({ sort });
      if (view) table.update(view, sort);
    },
  });
  const empty = element('div', { id: 'empty', role: 'status' }, element('p', {}, 'Tracing the file…'));
  const parts = [header, whatIf, treemap, chart, peak, roofline, table];
  for (const { root } of parts) root.hidden = true;
  app.append(
    header.root,
    empty,
    whatIf.root,
    treemap.root,
    table.root,
    element('div', { class: 'step' }, chart.root, peak.root),
    roofline.root,
  );

  const draw = () => {
    if (!view) return;
    setShown(empty, !view.shown);
    if (!view.shown && view.traced) showEmpty(empty);
    setShown(header.root, true);
    for (const part of [header, whatIf, treemap, chart, peak, roofline]) part.update(view);
    table.update(view, host.view.sort);
  };
  host.onMessage(({ id, view: told }) => {
    view = told;
    const { model, whatIf: asked, comparison } = told.asked;
    host.keep({ model: model ?? host.view.model, whatIf: asked, comparison });
    requestAnimationFrame(() => {
      draw();
      host.send({ type: 'acknowledge', id });
    });
  });
  onThemeChange(() => {
    theme = readTheme();
    chart.restyle();
  });
  const { model, whatIf: asked, comparison } = host.view;
  host.send({
    type: 'ready',
    ...(model !== undefined && { model }),
    ...(asked && { whatIf: asked }),
    ...(comparison && { comparison }),
  });
}

/** Why there is nothing, and what to do. */
function showEmpty(empty: HTMLElement): void {
  empty.replaceChildren(
    element(
      'p',
      {},
      'No model of this file could be traced. Errors, if there are any, are marked at their lines.',
    ),
    element('p', {}, 'A function that builds a model of arguments is given them in a comment above it:'),
    element('pre', {}, '/** @cost inputShape=[32,32,3] classes=10 */'),
  );
}

const app = document.getElementById('app');
if (app) start(app);
