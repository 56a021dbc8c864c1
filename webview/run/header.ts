import {
  formatBudgetLeft,
  formatBytes,
  formatCount,
  formatCounted,
  formatEnergy,
  formatMilliseconds,
  formatPercent,
  formatSeconds,
  formatSecondsInterval,
  formatThree,
} from '../../src/protocol/format';
import { speedExplanation, speedText } from '../../src/protocol/formatSpeed';
import type { FromRunPanel, RunView } from '../../src/protocol/runPanel';
import { element, setShown, setText } from '../ui/dom';
import { button } from '../ui/toolkit';
import { isLive, statusGlyph, statusText } from './status';

const factNames = [
  'step',
  'epoch',
  'elapsed',
  'remaining',
  'stepTime',
  'throughput',
  'flops',
  'speed',
  'energy',
  'memory',
  'budget',
  'backend',
] as const;
type FactName = (typeof factNames)[number];
const labels: Record<FactName, string> = {
  step: 'Step',
  epoch: 'Epoch',
  elapsed: 'Elapsed',
  remaining: 'Remaining',
  stepTime: 'Step time',
  throughput: 'Throughput',
  flops: 'FLOPs so far',
  speed: 'Speed',
  energy: 'Energy so far',
  memory: 'Memory',
  budget: 'Budget left',
  backend: 'Backend',
};

const resumeMilliseconds = 5000;
const checkpointMilliseconds = 10_000;

/** Name, state, buttons, progress and the figures that change while a run goes on. */
export class Header {
  private readonly name = element('h1', { id: 'name' });
  private readonly glyph = element('span', { 'aria-hidden': 'true' });
  private readonly statusLabel = element('span');
  private readonly status = element('span', { id: 'status' }, this.glyph, this.statusLabel);
  private readonly stop;
  private readonly checkpoint;
  private readonly resume;
  private readonly masks;
  private checkpointTimer: ReturnType<typeof setTimeout> | undefined;
  private lastCheckpointStep: number | undefined;
  /** State and attempt that Resume was last offered for. */
  private offered = '';
  private readonly bar = element('div', { class: 'progress-fill' });
  private readonly progress = element(
    'div',
    {
      id: 'progress',
      role: 'progressbar',
      'aria-label': 'Training progress',
      'aria-valuemin': '0',
      'aria-valuemax': '100',
    },
    this.bar,
  );
  private readonly facts = new Map<FactName, { group: HTMLElement; value: HTMLElement }>();
  readonly root: HTMLElement;

  constructor(send: (message: FromRunPanel) => void) {
    this.stop = button('stop', 'Stop', () => send({ type: 'stop' }), 'primary');
    this.checkpoint = button('checkpoint', 'Checkpoint', () => {
      this.awaitCheckpoint(true);
      send({ type: 'checkpoint' });
    });
    this.resume = button(
      'resume',
      'Resume',
      () => {
        this.showResuming(true);
        send({ type: 'resume' });
      },
      'primary',
    );
    this.masks = button('showMasks', 'Show Masks', () => send({ type: 'showMasks' }));
    const list = element('dl', { class: 'facts' });
    for (const name of factNames) {
      const value = element('dd', { id: `fact-${name}` });
      const group = element('div', { class: 'fact' }, element('dt', {}, labels[name]), value);
      this.facts.set(name, { group, value });
      list.append(group);
    }
    this.root = element(
      'header',
      {},
      element(
        'div',
        { class: 'title-row' },
        element('div', { class: 'title' }, this.name, this.status),
        element(
          'div',
          { class: 'buttons', role: 'group', 'aria-label': 'Run' },
          this.stop,
          this.checkpoint,
          this.resume,
          this.masks,
          button('openFile', 'Open File', () => send({ type: 'openFile' })),
          button('openLog', 'Open Log', () => send({ type: 'openLog' })),
          button('revealFolder', 'Reveal Folder', () => send({ type: 'revealFolder' })),
        ),
      ),
      this.progress,
      list,
    );
  }

  update(run: RunView): void {
    setText(this.name, run.name);
    setText(this.glyph, statusGlyph(run));
    setText(this.statusLabel, statusText(run));
    this.status.dataset.status = run.status;
    setShown(this.stop, isLive(run));
    this.stop.disabled = run.stopping;
    setText(this.stop, run.stopping ? 'Stopping…' : 'Stop');
    setShown(this.checkpoint, run.canCheckpoint && !run.stopping);
    if (run.lastCheckpointStep !== this.lastCheckpointStep) this.awaitCheckpoint(false);
    this.lastCheckpointStep = run.lastCheckpointStep;
    setShown(this.resume, run.canResume);
    setShown(this.masks, run.hasMasks === true);
    this.offerResume(`${run.status} ${run.attempt}`);
    this.updateProgress(run);
    this.updateFacts(run);
  }

  /** A process takes a moment to start. Should it never, the button comes back. */
  private showResuming(resuming: boolean): void {
    this.resume.disabled = resuming;
    setText(this.resume, resuming ? 'Resuming…' : 'Resume');
    if (resuming) setTimeout(() => this.showResuming(false), resumeMilliseconds);
  }

  /** Until one is written, or should be. */
  private awaitCheckpoint(waiting: boolean): void {
    clearTimeout(this.checkpointTimer);
    this.checkpoint.disabled = waiting;
    setText(this.checkpoint, waiting ? 'Writing…' : 'Checkpoint');
    if (waiting) this.checkpointTimer = setTimeout(() => this.awaitCheckpoint(false), checkpointMilliseconds);
  }

  private offerResume(offer: string): void {
    if (offer === this.offered) return;
    this.offered = offer;
    this.showResuming(false);
  }

  private updateProgress(run: RunView): void {
    const fraction = run.totalSteps ? Math.min(1, run.step / run.totalSteps) : undefined;
    setShown(this.progress, fraction !== undefined);
    if (fraction === undefined) return;
    this.bar.style.setProperty('transform', `scaleX(${fraction})`);
    this.progress.dataset.status = run.status;
    this.progress.setAttribute('aria-valuenow', String(Math.floor(fraction * 100)));
    this.progress.setAttribute('aria-valuetext', `${formatPercent(fraction)} of the steps`);
  }

  private updateFacts(run: RunView): void {
    const total = run.totalSteps;
    this.fact(
      'step',
      total === undefined
        ? formatCount(run.step)
        : `${formatCount(run.step)} / ${formatCount(total)} (${formatPercent(run.step / total)})`,
    );
    const epoch = run.epochs === undefined ? run.epoch + 1 : Math.min(run.epoch + 1, run.epochs);
    this.fact(
      'epoch',
      run.step === 0
        ? undefined
        : `${formatCount(epoch)}${run.epochs === undefined ? '' : ` / ${formatCount(run.epochs)}`}`,
    );
    this.fact(
      'elapsed',
      formatSeconds(run.elapsedSeconds) + (run.attempt > 1 ? ` in ${run.attempt} attempts` : ''),
      `Wall time, measured. Started ${new Date(run.startedAt).toLocaleString()}.`,
    );
    this.fact(
      'remaining',
      run.remainingSeconds && !run.stopping ? formatSecondsInterval(run.remainingSeconds) : undefined,
      'Predicted from the measured pace of the last steps and of the whole attempt.',
    );
    this.fact(
      'stepTime',
      stepTimeText(run),
      'Median of recent steps, measured: batch, forward, backward, update.',
    );
    this.fact(
      'throughput',
      run.stepsPerSecond === undefined ? undefined : throughputText(run.stepsPerSecond, run.batchSize),
      'Of recent steps by wall time, evaluations between them included: measured.',
    );
    this.fact(
      'memory',
      run.memory && `${formatBytes(run.memory.bytes)} measured`,
      run.memory &&
        `Resident memory of the process that trains. Highest of this attempt: ${formatBytes(run.memory.peakBytes)}.`,
    );
    this.fact(
      'flops',
      run.flops === undefined ? undefined : formatCounted(run.flops, run.uncoveredKernels),
      'Counted from the kernels that training has run, by their shapes: matrix products and convolutions, a ' +
        'multiply-accumulate being two, and all that the optimizer does. Evaluations are not in it.',
    );
    this.fact('speed', speedText(run), speedExplanation(run));
    this.fact('energy', run.energy && formatEnergy(run.energy), energyExplanation(run));
    this.fact(
      'budget',
      run.budget?.length ? formatBudgetLeft(run.budget) : undefined,
      budgetExplanation(run),
    );
    this.fact('backend', run.backend, run.backendNotes.join('\n'));
  }

  private fact(name: FactName, text: string | undefined, explanation = ''): void {
    const fact = this.facts.get(name);
    if (!fact) return;
    setShown(fact.group, text !== undefined);
    setText(fact.value, text ?? '');
    if (fact.group.title !== explanation) fact.group.title = explanation;
  }
}

/** "predicted 41 ms, measured 44 ms"; without a prediction the measured figure alone. */
function stepTimeText({ prediction, stepMilliseconds }: RunView): string | undefined {
  const measured = stepMilliseconds === undefined ? undefined : formatMilliseconds(stepMilliseconds);
  if (!prediction) return measured;
  const dense = prediction.dense ? ' dense' : '';
  const predicted = `predicted ${formatMilliseconds(1000 * prediction.stepSeconds.p50)}${dense}`;
  return measured === undefined ? predicted : `${predicted}, measured ${measured}`;
}

/** "41.2 steps/s, 2,637 examples/s". */
function throughputText(stepsPerSecond: number, batchSize: number | undefined): string {
  const examples = batchSize === undefined ? '' : `, ${formatThree(stepsPerSecond * batchSize)} examples/s`;
  return `${formatThree(stepsPerSecond)} steps/s${examples}`;
}

/** What each component's figure stands on. */
function energyExplanation({ energy }: RunView): string {
  return (energy?.parts ?? [])
    .map((part) => `${part.component}: ${formatEnergy(part)}, ${part.source}`)
    .join('\n');
}

function budgetExplanation({ budget }: RunView): string {
  return (budget ?? [])
    .map(({ unit, limit, used }) => `${unit}: ${Number(used.toPrecision(3))} of ${limit} used`)
    .concat('The run stops with a checkpoint when a limit is reached.')
    .join('\n');
}
