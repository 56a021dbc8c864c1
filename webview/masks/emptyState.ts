import { element } from '../ui/dom';
import type { RunMasks } from './runMasks';

/** What stands where there are no masks: why, and what to do. */
export class EmptyState {
  readonly root = element('div', { id: 'empty', role: 'status' }, element('p', {}, 'Loading the masks…'));
  private said = '';

  update(run: RunMasks): void {
    const why = run.gone ?? run.problem;
    const text = why ?? textOf(run);
    if (text === this.said) return;
    this.said = text;
    if (why !== undefined || !run.run) this.root.replaceChildren(element('p', {}, text));
    else
      this.root.replaceChildren(
        element('p', {}, `${text} `, element('code', {}, 'sparsity'), ', such as:'),
        element('pre', {}, 'sparsity: rigl({ sparsity: 0.9 }),'),
      );
  }
}

function textOf({ run }: RunMasks): string {
  if (!run) return 'Loading the masks…';
  return run.status === 'starting' || run.status === 'running'
    ? 'No masks yet. They appear here as soon as training has begun, if its experiment has the field'
    : 'This run has recorded no masks. They are recorded while an experiment trains that has the field';
}
