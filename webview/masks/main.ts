import './masks.css';
import {
  masksPanelStateSchema,
  toMasksPanelSchema,
  type FromMasksPanel,
  type MaskView,
  type Side,
  type ToMasksPanel,
} from '../../src/protocol/masksPanel';
import { element, setShown } from '../ui/dom';
import { Host } from '../ui/host';
import { onThemeChange, readTheme } from '../ui/theme';
import { registerComponents } from '../ui/toolkit';
import { readColours } from './colours';
import { Detail } from './detail';
import { EmptyState } from './emptyState';
import { Header } from './header';
import { LayerList } from './layerList';
import { MaskLoader } from './maskLoader';
import type { MaskPicture } from './maskStore';
import { createPainter } from './painter';
import { RunMasks } from './runMasks';
import { Timeline } from './timeline';

/** Puts the page together and keeps it at what the host says and what the user looks at. */
class Page {
  private readonly host;
  private readonly painter = createPainter();
  private readonly own = new RunMasks();
  private other: RunMasks | undefined;
  private theme = readTheme();
  private colours = readColours();
  private readonly header = new Header((message) => this.host.send(message));
  private readonly timeline = new Timeline((step) => this.change({ step }));
  private readonly layers = new LayerList({
    painter: this.painter,
    colours: () => this.colours,
    choose: (weight) => this.change({ weight }),
    scrolled: () => this.update(),
  });
  private readonly detail = new Detail({
    painter: this.painter,
    theme: () => this.theme,
    colours: () => this.colours,
    setMode: (mode) => {
      this.askedMagnitudes.clear();
      this.change({ mode });
    },
    openLayer: () => this.openLayer(),
  });
  private readonly empty = new EmptyState();
  private readonly body = element(
    'div',
    { class: 'body' },
    element('div', { class: 'overview' }, this.layers.root, this.detail.history),
    this.detail.root,
  );
  private readonly loader = new MaskLoader({
    ask: (parts) => this.host.send({ type: 'ask', parts: [...parts] }),
    taken: (id) => this.host.send({ type: 'acknowledge', id }),
    picture: (picture) => this.show(picture),
    degrees: (degrees) => {
      this.runOf(degrees.side).degrees.set(degrees.weight, degrees);
      this.update();
    },
    magnitudes: ({ side, frame, weight }, values) => {
      const run = this.runOf(side);
      const told = this.toldMagnitudes.get(`${side} ${weight}`);
      if (!told) return;
      this.forget([run.magnitudes.get(weight)?.values]);
      run.magnitudes.set(weight, { ...told, frame, values });
      this.update();
    },
  });
  private awaiting: number | undefined;
  private readonly toldMagnitudes = new Map<string, { largest: number; step: number }>();
  private looked = '';
  private readonly askedMagnitudes = new Set<string>();
  private frame = 0;

  constructor(app: HTMLElement) {
    this.host = new Host<typeof masksPanelStateSchema, typeof toMasksPanelSchema, FromMasksPanel>(
      { runDirectory: app.dataset.about ?? '' },
      masksPanelStateSchema,
      toMasksPanelSchema,
    );
    app.dataset.painter = this.painter.kind;
    for (const part of [this.header.root, this.timeline.root, this.body]) part.hidden = true;
    app.append(this.header.root, this.timeline.root, this.empty.root, this.body);
    this.host.onMessage((message) => this.receive(message));
    onThemeChange(() => {
      this.theme = readTheme();
      this.colours = readColours();
      this.layers.repaint();
      this.detail.restyle();
      this.update();
    });
    const { other } = this.host.view;
    this.host.send({ type: 'ready', ...(other !== undefined && { other }) });
  }

  private runOf(side: Side): RunMasks {
    return side === 0 ? this.own : (this.other ??= new RunMasks());
  }

  private receive(message: ToMasksPanel): void {
    if (message.type === 'parts') {
      this.loader.put(message);
      return;
    }
    const run = this.runOf(message.side);
    switch (message.type) {
      case 'hydrate':
        this.forgetAll(run);
        run.hydrate(message);
        this.loader.hydrate(message);
        this.looked = '';
        if (message.side === 1) this.host.keep({ other: message.run.directory });
        break;
      case 'append':
        run.append(message);
        this.loader.append(message);
        break;
      case 'magnitudes': {
        const { side, weight, largest, step, values } = message;
        this.toldMagnitudes.set(`${side} ${weight}`, { largest, step });
        run.noMagnitudes.delete(weight);
        this.loader.magnitudes({ side, frame: run.frameAt(step), weight }, values);
        break;
      }
      case 'noMagnitudes':
        run.noMagnitudes.set(message.weight, message.message);
        break;
      case 'gone':
        this.loader.gone(message.side);
        if (message.side === 1 && message.message === '') {
          this.forgetAll(run);
          this.other = undefined;
          this.host.keep({ other: undefined });
        } else run.gone = message.message;
        break;
    }
    this.awaiting = message.id;
    this.update();
  }

  private show(picture: MaskPicture): void {
    const { pictures } = this.runOf(picture.side);
    const before = pictures.get(picture.weight);
    this.forget([before?.active, before?.changed]);
    pictures.set(picture.weight, picture);
    this.draw();
  }

  private forgetAll(run: RunMasks): void {
    for (const { active, changed } of run.pictures.values()) this.forget([active, changed]);
    this.forget([...run.magnitudes.values()].map(({ values }) => values));
  }

  private forget(masks: readonly (object | undefined)[]): void {
    for (const each of masks) if (each) this.painter.forget(each);
  }

  private change(view: Partial<typeof this.host.view>): void {
    this.host.keep(view);
    this.update();
  }

  private update(): void {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  private draw(): void {
    const { own, other } = this;
    const { step, mode = 'mask' } = this.host.view;
    const hasMasks = own.steps.length > 0 && own.gone === undefined;
    for (const part of [this.timeline.root, this.body]) setShown(part, hasMasks);
    setShown(this.header.root, own.run !== undefined);
    setShown(this.empty.root, !hasMasks);
    if (!hasMasks) this.empty.update(own);
    const frames: [number, number] = [own.frameAt(step), other?.frameAt(step) ?? -1];
    this.header.update(own, frames[0], other);
    if (hasMasks) {
      const name = this.chosen();
      this.layers.update(own, frames[0], name);
      const drawn = this.detail.update({ runs: [own, other], frames, name, mode });
      const live = own.run?.status === 'running';
      this.timeline.update({ steps: this.steps(), step, drawn, live });
      this.look(name, frames);
      if (mode === 'magnitudes') this.askMagnitudes(name);
    }
    if (this.awaiting === undefined) return;
    this.host.send({ type: 'acknowledge', id: this.awaiting });
    this.awaiting = undefined;
  }

  /** The layer that was chosen, or the first one. */
  private chosen(): string | undefined {
    const { weight } = this.host.view;
    return this.own.indexOf(weight) >= 0 ? weight : this.own.weights[0]?.name;
  }

  private steps(): number[] {
    return [...new Set([...this.own.steps, ...(this.other?.steps ?? [])])].sort((a, b) => a - b);
  }

  /** Has made what is in sight, where that is something else than before. */
  private look(name: string | undefined, frames: readonly [number, number]): void {
    const views: MaskView[] = [];
    for (const [side, run] of [this.own, this.other].entries()) {
      const weight = run?.indexOf(name) ?? -1;
      const frame = frames[side] ?? -1;
      if (weight >= 0 && frame >= 0) views.push({ side: side === 0 ? 0 : 1, frame, weight });
    }
    for (const weight of this.layers.visible()) views.push({ side: 0, frame: frames[0], weight });
    const text = JSON.stringify(views);
    if (text === this.looked) return;
    this.looked = text;
    this.loader.want(views);
  }

  /** Once for each time that they are chosen. */
  private askMagnitudes(name: string | undefined): void {
    for (const [side, run] of [this.own, this.other].entries()) {
      const weight = run?.indexOf(name) ?? -1;
      const key = `${side} ${name} ${run?.run?.id}`;
      if (weight < 0 || this.askedMagnitudes.has(key)) continue;
      this.askedMagnitudes.add(key);
      this.host.send({ type: 'magnitudes', side: side === 0 ? 0 : 1, weight });
    }
  }

  private openLayer(): void {
    const weight = this.own.indexOf(this.chosen());
    if (weight >= 0) this.host.send({ type: 'openLayer', side: 0, weight });
  }
}

const app = document.getElementById('app');
if (app) {
  registerComponents();
  new Page(app);
}
