import * as vscode from 'vscode';
import { backendChoices, type BackendChoice, type ParamValue } from '../runs/record';
import type { ExperimentDescription } from '../train/describe';
import { parseAssignment, parseSeeds, parseValues, type ParsedList } from './paramText';
import { assignment, backendItems, isOnly, separator, type OptionItem } from './runOptionItems';
import { gridSize, gridText, mostRuns, runsOf, type RunGrid, type RunOptions } from './runGrid';

/**
 * Asks how to run an experiment: as it is, with Enter, or with parameters, seed and backend changed in the list.
 * "lr=3e-4" can be typed as well, and several values: then each combination is a run. The list is there at once; the
 * parameters follow when the file was read.
 *
 * @param given what is changed already, as of a run that is done again
 * @returns undefined where the user thought better of it
 */
export async function pickRunOptions(
  name: string,
  describing: Promise<ExperimentDescription>,
  backend: BackendChoice,
  given?: Pick<RunOptions, 'params' | 'seed'>,
): Promise<readonly RunOptions[] | undefined> {
  const pick = new RunOptionsPick(name, backend, given);
  describing.then(
    (description) => pick.described(description),
    () => pick.cancel(),
  );
  const options = await pick.done;
  // A file that cannot be read is an error to show, not a list that was closed.
  if (options === undefined && pick.cancelled) await describing;
  return options;
}

class RunOptionsPick {
  private readonly list = vscode.window.createQuickPick<OptionItem>();
  private readonly changed: Record<string, readonly ParamValue[]>;
  private description: ExperimentDescription | undefined;
  private seeds: readonly number[];
  private asking = false;
  private resolve: (options: readonly RunOptions[] | undefined) => void = () => undefined;
  cancelled = false;
  readonly done = new Promise<readonly RunOptions[] | undefined>((resolve) => {
    this.resolve = resolve;
  });

  constructor(
    name: string,
    private backend: BackendChoice,
    given: Pick<RunOptions, 'params' | 'seed'> = { params: {} },
  ) {
    const { list } = this;
    const fields = Object.entries(given.params).map(([name, value]) => [name, [value]] as const);
    this.changed = Object.fromEntries(fields);
    this.seeds = given.seed === undefined ? [] : [given.seed];
    list.title = `Run ${name}`;
    list.placeholder = 'Enter to run, or choose what to change (or type lr=3e-4, or several: lr=0.1 0.01)';
    list.matchOnDescription = true;
    list.ignoreFocusOut = true;
    list.busy = true;
    list.onDidChangeValue(() => this.show());
    list.onDidAccept(() => void list.selectedItems[0]?.choose?.());
    list.onDidHide(() => {
      if (!this.asking) this.finish(undefined);
    });
    this.show();
    list.show();
  }

  described(description: ExperimentDescription): void {
    this.description = description;
    // What a run is done again with and the file no longer has, or says itself, is no change.
    for (const [name, value] of Object.entries(this.changed))
      if (!(name in description.params) || isOnly(value, description.params[name])) delete this.changed[name];
    this.list.busy = false;
    this.show();
  }

  cancel(): void {
    this.cancelled = true;
    this.finish(undefined);
  }

  private finish(options: readonly RunOptions[] | undefined): void {
    this.resolve(options);
    this.list.dispose();
  }

  private show(): void {
    const active = this.list.activeItems[0]?.label;
    const items = this.items();
    this.list.items = items;
    const again = items.find(({ label }) => label === active);
    if (again && this.list.value === '') this.list.activeItems = [again];
  }

  private items(): OptionItem[] {
    const typed = this.typedItem();
    if (typed) return [typed];
    const { description } = this;
    const params = Object.entries(description?.params ?? {});
    return [
      this.runItem(),
      ...(params.length > 0 ? [separator('Parameters')] : []),
      ...params.map(([name, value]) => this.paramItem(name, value)),
      separator('Run'),
      {
        label: 'seed',
        description: this.seeds.join(', ') || String(description?.seed ?? 'as the file says'),
        choose: () => this.askSeed(),
      },
      { label: 'backend', description: this.backend, choose: () => this.askBackend() },
    ];
  }

  private get grid(): RunGrid {
    return { values: this.changed, seeds: this.seeds, backend: this.backend };
  }

  private runItem(): OptionItem {
    const { grid } = this;
    const size = gridSize(grid);
    if (size > mostRuns) {
      const label = `$(error) ${size} runs are more than the ${mostRuns} that can be queued at once`;
      return { label, description: gridText(grid) };
    }
    const changes = gridText(grid);
    return {
      label: size === 1 ? '$(play) Run' : `$(play) Run ${size} times, one after another`,
      description: changes === '' ? 'as the file says' : `with ${changes}`,
      choose: () => this.finish(runsOf(grid)),
    };
  }

  private paramItem(name: string, defaultValue: ParamValue): OptionItem {
    const values = this.changed[name] ?? [defaultValue];
    const [value] = values;
    const text = values.map((each) => (each === '' ? "''" : String(each))).join(', ');
    return {
      label: name,
      description: `${text}${isOnly(values, defaultValue) ? '' : `  (default ${defaultValue})`}`,
      choose: () =>
        typeof defaultValue === 'boolean' && values.length === 1
          ? this.set(name, [!value], defaultValue)
          : this.askParam(name, values, defaultValue),
    };
  }

  private set(name: string, values: readonly ParamValue[], defaultValue: ParamValue): void {
    if (isOnly(values, defaultValue)) delete this.changed[name];
    else this.changed[name] = values;
    this.show();
  }

  /** The item for "lr=3e-4" typed into the list. */
  private typedItem(): OptionItem | undefined {
    const typed = parseAssignment(this.list.value);
    if (!typed || !this.description) return undefined;
    const { name, text } = typed;
    const defaultValue = this.description.params[name];
    if (name === 'seed') {
      return assignment(typed, parseSeeds(text), (seeds) => {
        this.seeds = seeds;
        this.retyped();
      });
    }
    if (defaultValue === undefined) {
      const names = Object.keys(this.description.params).join(', ');
      return {
        label: `$(error) There is no parameter ${name}`,
        detail: `There are: ${names}`,
        alwaysShow: true,
      };
    }
    return assignment(typed, parseValues(text, defaultValue), (values) => {
      this.set(name, values, defaultValue);
      this.retyped();
    });
  }

  private retyped(): void {
    this.list.value = '';
    this.show();
  }

  private async askParam(
    name: string,
    values: readonly ParamValue[],
    defaultValue: ParamValue,
  ): Promise<void> {
    const parse = (typed: string) => parseValues(typed, defaultValue);
    const given = await this.ask(`${name} (default ${defaultValue})`, values.join(' '), parse);
    if (given) this.set(name, given, defaultValue);
  }

  private async askSeed(): Promise<void> {
    const shown = this.seeds.join(' ') || String(this.description?.seed ?? 0);
    this.seeds = (await this.ask('seed', shown, parseSeeds)) ?? this.seeds;
    this.show();
  }

  private async ask<T>(
    prompt: string,
    value: string,
    parse: (typed: string) => ParsedList<T>,
  ): Promise<readonly T[] | undefined> {
    const typed = await this.aside(() =>
      vscode.window.showInputBox({
        title: this.list.title ?? '',
        prompt,
        value,
        validateInput(text) {
          const parsed = parse(text);
          return 'problem' in parsed ? parsed.problem : undefined;
        },
        ignoreFocusOut: true,
      }),
    );
    const parsed = typed === undefined ? undefined : parse(typed);
    return parsed && 'values' in parsed ? parsed.values : undefined;
  }

  private async askBackend(): Promise<void> {
    const picked = await this.aside(() =>
      vscode.window.showQuickPick(backendItems(), {
        title: this.list.title ?? '',
        placeHolder: 'Backend of this run (Compute Lens: Select Backend tells which start here)',
      }),
    );
    this.backend = backendChoices.find((choice) => choice === picked?.label) ?? this.backend;
    this.show();
  }

  /** Another input takes the place of the list, which comes back afterwards. */
  private async aside<T>(question: () => Thenable<T>): Promise<T> {
    this.asking = true;
    try {
      return await question();
    } finally {
      this.asking = false;
      this.list.show();
    }
  }
}
