import { formatCount } from '../../src/protocol/format';
import { element, setText } from '../ui/dom';
import { svg } from '../ui/svg';

/** At most five updates a second, and none before the last one is drawn. */
const playMilliseconds = 200;

const icons = {
  play: 'M4 2l9 6-9 6z',
  pause: 'M3 2h4v12H3zM9 2h4v12H9z',
  before: 'M3 2h2v12H3zM13 2v12L5 8z',
  after: 'M11 2h2v12h-2zM3 2v12l8-6z',
};

export interface Moment {
  /** Steps at which masks were recorded, ascending. */
  readonly steps: readonly number[];
  /** Of the masks that are shown; undefined while the newest are followed. */
  readonly step: number | undefined;
  /** Whether the masks of that step are on the screen. */
  readonly drawn: boolean;
  readonly live: boolean;
}

/** Slides over the history of a run's masks, plays it, and follows its end. */
export class Timeline {
  private readonly slider = element('input', { id: 'time', type: 'range', min: '0', step: '1' });
  private readonly output = element('output', { for: 'time', id: 'moment' });
  private readonly play = control('play', icons.play, 'Play');
  private readonly follow = element('button', { id: 'follow', type: 'button' }, 'Newest');
  private moment: Moment = { steps: [], step: undefined, drawn: false, live: false };
  private timer: ReturnType<typeof setInterval> | undefined;
  readonly root: HTMLElement;

  /** @param go takes the step that is wanted, or undefined for the newest */
  constructor(private readonly go: (step: number | undefined) => void) {
    const before = control('before', icons.before, 'Update before');
    const after = control('after', icons.after, 'Update after');
    before.addEventListener('click', () => this.goTo(this.index() - 1));
    after.addEventListener('click', () => this.goTo(this.index() + 1));
    this.play.addEventListener('click', () => (this.timer ? this.stop() : this.start()));
    this.follow.addEventListener('click', () => {
      this.stop();
      this.go(undefined);
    });
    this.slider.addEventListener('input', () => this.goTo(Number(this.slider.value)));
    this.slider.setAttribute('aria-label', 'Step of the masks');
    this.root = element(
      'div',
      { class: 'timeline', role: 'group', 'aria-label': 'Time' },
      before,
      this.play,
      after,
      this.slider,
      this.output,
      this.follow,
    );
  }

  update(moment: Moment): void {
    this.moment = moment;
    const { steps } = moment;
    const index = this.index();
    this.slider.max = String(Math.max(0, steps.length - 1));
    this.slider.value = String(index);
    const text = `step ${formatCount(steps[index] ?? 0)}, update ${formatCount(index)} of ${formatCount(steps.length - 1)}`;
    this.slider.setAttribute('aria-valuetext', text);
    setText(this.output, text);
    this.follow.setAttribute('aria-pressed', String(moment.step === undefined));
    this.follow.title = moment.live
      ? 'Show every update as soon as it is recorded'
      : 'Show the last masks of the run';
  }

  private index(): number {
    const { steps, step } = this.moment;
    const last = steps.length - 1;
    if (step === undefined) return last;
    let index = last;
    while (index > 0 && (steps[index] ?? 0) > step) index--;
    return index;
  }

  private goTo(index: number): void {
    const { steps } = this.moment;
    this.go(steps[Math.min(steps.length - 1, Math.max(0, index))]);
  }

  /** From the beginning, where the end is shown. */
  private start(): void {
    if (this.index() === this.moment.steps.length - 1) this.goTo(0);
    this.timer = setInterval(() => {
      if (!this.moment.drawn) return;
      if (this.index() < this.moment.steps.length - 1) this.goTo(this.index() + 1);
      else this.stop();
    }, playMilliseconds);
    this.say();
  }

  private stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.say();
  }

  private say(): void {
    this.play.replaceChildren(icon(this.timer ? icons.pause : icons.play));
    const label = this.timer ? 'Pause' : 'Play';
    this.play.setAttribute('aria-label', label);
    this.play.title = label;
  }
}

function control(id: string, path: string, label: string): HTMLButtonElement {
  return element(
    'button',
    { id, type: 'button', class: 'glyph', 'aria-label': label, title: label },
    icon(path),
  );
}

function icon(path: string): SVGElement {
  return svg(
    'svg',
    { viewBox: '0 0 16 16', width: '16', height: '16', 'aria-hidden': 'true' },
    svg('path', { d: path, fill: 'currentColor' }),
  );
}
