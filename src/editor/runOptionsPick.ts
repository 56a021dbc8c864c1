import * as vscode from 'vscode';
import { backendChoices, type BackendChoice, type Params, type ParamValue } from '../runs/record';
import type { ExperimentDescription } from '../train/describe';
import { rememberedPeaks } from '../train/peakStore';
import { backendSpeed } from './backendSpeed';
import { parseAssignment, parseParam, parseSeed } from './paramText';

/** What of an experiment's declaration a run changes. */
export interface RunOptions {
  readonly params: Params;
  readonly seed?: number;
  readonly backend: BackendChoice;
}

interface OptionItem extends vscode.QuickPickItem {
  readonly choose?: () => void | Promise<void>;
}

/**
 * Asks how to run an experiment: as it is, with Enter, or with parameters, seed and backend changed in the list.
 * "lr=3e-4" can be typed as well. The list is there at once; the parameters follow when the file was read.
 *
 * @param given what is changed already, as of a run that is done again
 * @returns undefined where the user thought better of it
 */
export async function pickRunOptions(
  name: string,
  describing: Promise<ExperimentDescription>,
  backend: BackendChoice,
  given?: Pick<RunOptions, 'params' | 'seed'>,
): Promise<RunOptions | undefined> {
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
  private readonly changed: Params;
  private description: ExperimentDescription | undefined;
  private seed: number | undefined;
  private asking = false;
  private resolve: (options: RunOptions | undefined) => void = () => undefined;
  cancelled = false;
  readonly done = new Promise<RunOptions | undefined>((resolve) => {
    this.resolve = resolve;
  });

  constructor(
    name: string,
    private backend: BackendChoice,
    given: Pick<RunOptions, 'params' | 'seed'> = { params: {} },
  ) {
    const { list } = this;
    this.changed = { ...given.params };
    this.seed = given.seed;
    list.title = `Run ${name}`;
    list.placeholder = 'Enter to run, or choose what to change (or type lr=3e-4)';
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
      if (!(name in description.params) || description.params[name] === value) delete this.changed[name];
    this.list.busy = false;
    this.show();
  }

  cancel(): void {
    this.cancelled = true;
    this.finish(undefined);
  }

  private finish(options: RunOptions | undefined): void {
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
      { label: '$(play) Run', description: this.summary(), choose: () => this.run() },
      ...(params.length > 0 ? [separator('Parameters')] : []),
      ...params.map(([name, value]) => this.paramItem(name, value)),
      separator('Run'),
      {
        label: 'seed',
        description: String(this.seed ?? description?.seed ?? 'as the file says'),
        choose: () => this.askSeed(),
      },
      { label: 'backend', description: this.backend, choose: () => this.askBackend() },
    ];
  }

  private summary(): string {
    const changes = Object.entries(this.changed).map(([name, value]) => `${name}=${value}`);
    if (this.seed !== undefined) changes.push(`seed=${this.seed}`);
    return changes.length > 0 ? `with ${changes.join(', ')}` : 'as the file says';
  }

  private run(): void {
    this.finish({
      params: this.changed,
      ...(this.seed !== undefined && { seed: this.seed }),
      backend: this.backend,
    });
  }

  private paramItem(name: string, defaultValue: ParamValue): OptionItem {
    const value = this.changed[name] ?? defaultValue;
    return {
      label: name,
      description: `${value === '' ? "''" : value}${value === defaultValue ? '' : `  (default ${defaultValue})`}`,
      choose: () =>
        typeof defaultValue === 'boolean'
          ? this.set(name, !value, defaultValue)
          : this.askParam(name, value, defaultValue),
    };
  }

  private set(name: string, value: ParamValue, defaultValue: ParamValue): void {
    if (value === defaultValue) delete this.changed[name];
    else this.changed[name] = value;
    this.show();
  }

  /** The item for "lr=3e-4" typed into the list. */
  private typedItem(): OptionItem | undefined {
    const typed = parseAssignment(this.list.value);
    if (!typed || !this.description) return undefined;
    const { name, text } = typed;
    const defaultValue = this.description.params[name];
    if (name === 'seed') {
      const parsed = parseSeed(text);
      return assignment(
        typed,
        parsed,
        (value) => {
          this.seed = value;
        },
        () => this.retyped(),
      );
    }
    if (defaultValue === undefined) {
      const names = Object.keys(this.description.params).join(', ');
      return {
        label: `$(error) There is no parameter ${name}`,
        detail: `There are: ${names}`,
        alwaysShow: true,
      };
    }
    return assignment(
      typed,
      parseParam(text, defaultValue),
      (value) => this.set(name, value, defaultValue),
      () => this.retyped(),
    );
  }

  private retyped(): void {
    this.list.value = '';
    this.show();
  }

  private async askParam(name: string, value: ParamValue, defaultValue: ParamValue): Promise<void> {
    const text = await this.ask(`${name} (default ${defaultValue})`, String(value), (typed) => {
      const parsed = parseParam(typed, defaultValue);
      return 'problem' in parsed ? parsed.problem : undefined;
    });
    const parsed = text === undefined ? undefined : parseParam(text, defaultValue);
    if (parsed && 'value' in parsed) this.set(name, parsed.value, defaultValue);
  }

  private async askSeed(): Promise<void> {
    const text = await this.ask('seed', String(this.seed ?? this.description?.seed ?? 0), (typed) => {
      const parsed = parseSeed(typed);
      return 'problem' in parsed ? parsed.problem : undefined;
    });
    const parsed = text === undefined ? undefined : parseSeed(text);
    if (parsed && 'value' in parsed) this.seed = parsed.value;
    this.show();
  }

  private ask(
    prompt: string,
    value: string,
    validateInput: (typed: string) => string | undefined,
  ): Promise<string | undefined> {
    return this.aside(() =>
      vscode.window.showInputBox({
        title: this.list.title ?? '',
        prompt,
        value,
        validateInput,
        ignoreFocusOut: true,
      }),
    );
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

/** Each with how fast it was when it was last measured, where it was. */
async function backendItems(): Promise<vscode.QuickPickItem[]> {
  const peaks = await rememberedPeaks();
  return backendChoices.map((label) => {
    const peak = label === 'auto' ? undefined : peaks.get(label);
    return { label, ...(peak && { description: backendSpeed(peak) }) };
  });
}

function assignment<T extends ParamValue>(
  typed: { readonly name: string; readonly text: string },
  parsed: { readonly value: T } | { readonly problem: string },
  set: (value: T) => void,
  then: () => void,
): OptionItem {
  if ('problem' in parsed)
    return { label: `$(error) ${typed.name}=${typed.text}`, detail: parsed.problem, alwaysShow: true };
  return {
    label: `$(check) Set ${typed.name} to ${parsed.value}`,
    alwaysShow: true,
    choose: () => {
      set(parsed.value);
      then();
    },
  };
}

function separator(label: string): OptionItem {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}
