import { formatCount } from '../../src/protocol/format';
import type { FromRunPanel, RunView } from '../../src/protocol/runPanel';
import { element, setShown, setText } from '../ui/dom';
import { link } from '../ui/toolkit';

/** What went wrong: the error with its place, the end of the log, warnings. */
export class Problems {
  private readonly heading = element('h2');
  private readonly message = element('p', { class: 'message' });
  private readonly place: HTMLElement;
  private readonly placeLine: HTMLElement;
  private readonly hint = element('p', { class: 'hint' });
  private readonly log = element('pre', { id: 'logTail', tabindex: '0', 'aria-label': 'End of the log' });
  private readonly logBox = element('div', { class: 'log' }, element('h3', {}, 'End of the log'), this.log);
  private readonly error: HTMLElement;
  private readonly warningList = element('ul');
  private readonly warnings = element(
    'section',
    { id: 'warnings', 'aria-label': 'Warnings' },
    element('h2', {}, 'Warnings'),
    this.warningList,
  );
  private shownWarnings = 0;
  readonly root: HTMLElement;

  constructor(send: (message: FromRunPanel) => void) {
    this.place = link('openError', '', () => send({ type: 'openError' }));
    this.placeLine = element('p', {}, this.place);
    this.error = element(
      'section',
      { id: 'error', role: 'alert' },
      this.heading,
      this.message,
      this.placeLine,
      this.hint,
      this.logBox,
    );
    this.root = element('div', { class: 'problems' }, this.error, this.warnings);
  }

  update(run: RunView): void {
    const crashed = run.status === 'crashed';
    setShown(this.error, run.error !== undefined || crashed || run.logTail !== undefined);
    setText(this.heading, crashed ? 'The run crashed' : 'The run failed');
    setText(this.message, messageOf(run));
    const file = run.error?.file;
    setShown(this.placeLine, file !== undefined);
    if (file !== undefined)
      setText(this.place, run.error?.line === undefined ? file : `${file}:${run.error.line}`);
    setShown(this.hint, run.canResume);
    setText(this.hint, resumeHint(run));
    setShown(this.logBox, Boolean(run.logTail));
    if (this.log.textContent !== (run.logTail ?? '')) {
      this.log.textContent = run.logTail ?? '';
      this.log.scrollTop = this.log.scrollHeight;
    }
    this.updateWarnings(run.warnings);
  }

  private updateWarnings(warnings: readonly string[]): void {
    setShown(this.warnings, warnings.length > 0);
    if (warnings.length === this.shownWarnings) return;
    this.shownWarnings = warnings.length;
    this.warningList.replaceChildren(...warnings.map((text) => element('li', {}, text)));
  }
}

function messageOf(run: RunView): string {
  if (run.error) return run.error.message;
  return run.status === 'crashed'
    ? 'The process of this run is gone and did not say why: it was killed, ran out of memory, or the machine went down. Nothing recorded before is lost.'
    : 'This run failed and did not say why.';
}

function resumeHint(run: RunView): string {
  return run.lastCheckpointStep === undefined
    ? 'There is no checkpoint yet: Resume starts again from the first step.'
    : `Resume goes on from the checkpoint at step ${formatCount(run.lastCheckpointStep)}.`;
}
