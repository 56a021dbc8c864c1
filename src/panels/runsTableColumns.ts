import type { RunColumn } from '../protocol/runsTable';

type Fixed = Omit<RunColumn, 'usual' | 'exportName'> & {
  readonly usual?: boolean;
  readonly exportName?: string;
};

/** Columns that every run has. The currency is the user's own. */
function fixedColumns(currency: string): readonly Fixed[] {
  return [
    { id: 'name', title: 'Name', group: 'Run', kind: 'text', usual: true, hint: 'What the run is called.' },
    { id: 'status', title: 'Status', group: 'Run', kind: 'text', usual: true, hint: 'How the run stands.' },
    { id: 'tags', title: 'Tags', group: 'Run', kind: 'tags', usual: true, hint: 'Your tags of the run.' },
    { id: 'notes', title: 'Notes', group: 'Run', kind: 'text', hint: 'Your notes on the run.' },
    {
      id: 'started',
      title: 'Started',
      group: 'Run',
      kind: 'date',
      usual: true,
      hint: 'When the run was started.',
    },
    { id: 'steps', title: 'Steps', group: 'Run', kind: 'count', hint: 'The last step that was trained.' },
    {
      id: 'file',
      title: 'File',
      group: 'Run',
      kind: 'text',
      hint: 'Experiment or script, from its workspace folder on.',
    },
    { id: 'id', title: 'Run id', group: 'Run', kind: 'text', hint: 'Name of the folder of the run.' },
    { id: 'archived', title: 'Archived', group: 'Run', kind: 'flag', hint: 'Whether you put the run away.' },
    ...computeColumns(currency),
    {
      id: 'backend',
      title: 'Backend',
      group: 'Origin',
      kind: 'text',
      usual: true,
      hint: 'What the last attempt trained on.',
    },
    {
      id: 'seed',
      title: 'Seed',
      group: 'Origin',
      kind: 'number',
      usual: true,
      hint: 'Seed of the run, where one was given.',
    },
    {
      id: 'commit',
      title: 'Commit',
      group: 'Origin',
      kind: 'text',
      hint: 'Commit of the repository at the start.',
    },
    {
      id: 'dirty',
      title: 'Uncommitted',
      group: 'Origin',
      kind: 'flag',
      hint: 'Whether files differed from that commit at the start.',
    },
    { id: 'data', title: 'Data', group: 'Origin', kind: 'text', hint: 'What the run was trained on.' },
    {
      id: 'host',
      title: 'Machine',
      group: 'Origin',
      kind: 'text',
      hint: 'Name of the machine of the last attempt.',
    },
    {
      id: 'device',
      title: 'Device',
      group: 'Origin',
      kind: 'text',
      hint: 'Its processor, or its GPU where it trained there.',
    },
    {
      id: 'folder',
      title: 'Folder',
      group: 'Origin',
      kind: 'text',
      hint: 'The workspace folder that the run belongs to.',
    },
    {
      id: 'version',
      title: 'Version',
      group: 'Origin',
      kind: 'text',
      hint: 'Version of Compute Lens that started the run.',
    },
  ];
}

function computeColumns(currency: string): readonly Fixed[] {
  const compute = { group: 'Compute', better: 'less' } as const;
  return [
    {
      ...compute,
      id: 'seconds',
      title: 'Time',
      kind: 'seconds',
      usual: true,
      exportName: 'time_seconds_measured',
      hint: 'Measured: wall time of all attempts.',
    },
    {
      ...compute,
      id: 'flops',
      title: 'FLOPs',
      kind: 'flops',
      usual: true,
      exportName: 'training_flops_counted',
      hint: 'Counted: training steps of all attempts, those that were done twice too.',
    },
    {
      ...compute,
      id: 'evaluationFlops',
      title: 'Evaluation FLOPs',
      kind: 'flops',
      exportName: 'evaluation_flops_counted',
      hint: 'Counted: evaluations of all attempts.',
    },
    {
      ...compute,
      id: 'joules',
      title: 'Energy',
      kind: 'joules',
      usual: true,
      exportName: 'energy_joules',
      hint: 'Of all attempts; the column "Energy is" says whether it was measured or estimated.',
    },
    {
      id: 'provenance',
      title: 'Energy is',
      group: 'Compute',
      kind: 'text',
      hint: 'Measured by a meter, or estimated from load.',
    },
    {
      ...compute,
      id: 'gramsCO2e',
      title: 'CO2e',
      kind: 'grams',
      exportName: 'emissions_gCO2e_estimated',
      hint: 'Estimated from energy and the place of the machine.',
    },
    {
      ...compute,
      id: 'cost',
      title: `Cost (${currency})`,
      kind: 'money',
      exportName: `cost_${currency}_estimated`,
      hint: 'Estimated from energy, GPU hours and your prices; empty without prices.',
    },
    {
      id: 'sparsity',
      title: 'Sparsity',
      group: 'Compute',
      kind: 'fraction',
      exportName: 'sparsity_fraction',
      hint: 'Counted: fraction of zeros among the sparse weights at the end.',
    },
    {
      ...compute,
      id: 'parameters',
      title: 'Weights',
      kind: 'count',
      exportName: 'weights',
      hint: 'Counted: weights of the model.',
    },
    {
      ...compute,
      id: 'attempts',
      title: 'Attempts',
      kind: 'count',
      hint: 'Processes that worked on the run.',
    },
  ];
}

/** The lower, the better: losses and errors. Of all others, more is better. */
const lowerIsBetter = /loss|err|mse|mae|mape|msle|crossentropy|nll|perplexity|divergence|hinge/i;

/** All columns that some run has. One that is there keeps its place, so that cells can be told by place. */
export class RunColumns {
  private readonly places = new Map<string, number>();
  readonly all: RunColumn[] = [];

  /** @param currency of money, such as "EUR" */
  constructor(currency: string) {
    for (const column of fixedColumns(currency))
      this.add({ ...column, usual: column.usual ?? false, exportName: column.exportName ?? column.id });
  }

  /** Place of a column that every run has. */
  of(id: string): number {
    const place = this.places.get(id);
    if (place === undefined) throw new RangeError(`there is no column ${id}`);
    return place;
  }

  /** Place of a parameter's column. */
  param(name: string, value: unknown): number {
    const id = `param:${name}`;
    const kind = typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'flag' : 'text';
    return (
      this.places.get(id) ??
      this.add({
        id,
        title: name,
        exportName: `param_${plain(name)}`,
        group: 'Parameters',
        kind,
        hint: `Parameter ${name} of the experiment.`,
        usual: true,
      })
    );
  }

  /**
   * Place of the column of a curve's last or best value.
   *
   * @param key of the curve: `train/loss`
   */
  metric(key: string, which: 'last' | 'best'): number {
    const id = `${which}:${key}`;
    const known = this.places.get(id);
    if (known !== undefined) return known;
    const [split = '', ...rest] = key.split('/');
    const name = rest.join('/');
    const better = betterOf(name);
    const best = better === 'less' ? 'lowest' : 'highest';
    return this.add({
      id,
      title: which === 'best' ? `Best ${split} ${name}` : `${capital(split)} ${name}`,
      exportName: `${plain(key)}_${which}`,
      group: 'Metrics',
      kind: 'metric',
      hint: `Measured: ${which === 'best' ? `${best} value` : 'last value'} of ${name}, ${split === 'test' ? 'evaluation' : 'training'}.`,
      usual: split === 'test' ? which === 'best' || name !== 'loss' : which === 'last' && name === 'loss',
      better,
    });
  }

  private add(column: RunColumn): number {
    const place = this.all.push(column) - 1;
    this.places.set(column.id, place);
    return place;
  }
}

export function betterOf(metric: string): 'less' | 'more' {
  return lowerIsBetter.test(metric) ? 'less' : 'more';
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** As names of columns go in table programs and languages. */
function plain(name: string): string {
  return name.replace(/[^\p{L}\p{N}]+/gu, '_');
}
