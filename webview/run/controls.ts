import { element, setText } from '../ui/dom';
import { button } from '../ui/toolkit';
import type { AxisChoice } from './axisChoice';

/** The slider runs over decades of the averaging window, 1 to 1,000 steps. */
const decades = 3;

export interface ControlActions {
  smooth(weight: number): void;
  compare(): void;
  exportPng(): void;
  exportCsv(): void;
}

/** How curves are shown, what beside them, and where they can be taken. */
export class Controls {
  private readonly output = element('output', { for: 'smoothing' });
  private readonly slider = element('input', {
    id: 'smoothing',
    type: 'range',
    min: '0',
    max: '100',
    step: '1',
  });
  readonly root: HTMLElement;

  constructor(smoothing: number, axis: AxisChoice, actions: ControlActions) {
    this.slider.value = String(position(smoothing));
    this.slider.addEventListener('input', () => {
      const weight = weightAt(Number(this.slider.value));
      this.say(weight);
      actions.smooth(weight);
    });
    this.say(smoothing);
    this.root = element(
      'div',
      { class: 'controls', role: 'group', 'aria-label': 'Curves' },
      axis.root,
      element(
        'label',
        { class: 'smoothing', title: 'Weight of the past in the moving average of training curves' },
        'Smoothing ',
        this.slider,
        this.output,
      ),
      element(
        'span',
        { class: 'buttons' },
        button('compare', 'Compare with…', () => actions.compare()),
        button('exportPng', 'Export PNG', () => actions.exportPng()),
        button('exportCsv', 'Export CSV', () => actions.exportCsv()),
      ),
    );
  }

  private say(weight: number): void {
    const text = weight === 0 ? 'off' : weight.toFixed(weight > 0.98 ? 3 : 2);
    setText(this.output, text);
    this.slider.setAttribute('aria-valuetext', text);
  }
}

function weightAt(slider: number): number {
  return 1 - 10 ** ((-decades * slider) / 100);
}

function position(weight: number): number {
  return Math.round((-Math.log10(1 - Math.min(weight, 1 - 10 ** -decades)) * 100) / decades);
}
