import { costAt } from '../../cost/batchFit';
import type { LineCost, SourcePlace } from '../../cost/modelCost';
import { allFlops } from '../../cost/report';
import type { TracedModel, TraceRemark, TraceResult } from '../../trace/request';
import { shiftedLine, type LineEdit } from '../shiftedLine';

/** A model as it was last traced. */
export interface ShownModel {
  readonly model: TracedModel;
  /** File that was traced: the model's own, or one that uses it. */
  readonly entry: string;
  /** Why these figures may be of an earlier text. */
  readonly stale: string | undefined;
}

/** What stands above one line of a file. */
export interface ShownLine extends ShownModel {
  /** From 1. */
  readonly line: number;
  /** Of this line alone; absent where the line stands for the whole model. */
  readonly cost: LineCost | undefined;
}

interface Anchor {
  readonly file: string;
  line: number;
  /** Which of the model's lines it is; undefined for the model itself. */
  readonly index: number | undefined;
}
interface HeldModel {
  /** At the batch size that it was traced at, and as it was last asked for. */
  readonly traced: TracedModel;
  model: TracedModel;
  stale: string | undefined;
  readonly anchors: readonly Anchor[];
}
interface HeldRemark {
  readonly remark: TraceRemark;
  readonly anchor: Anchor;
}
interface Entry {
  inputs: ReadonlySet<string>;
  models: readonly HeldModel[];
  remarks: readonly HeldRemark[];
}

/** How many edits of each file there were when a trace began. */
export type Moment = ReadonlyMap<string, number>;

/**
 * The last good trace of each file, kept in place while its lines move. What a broken file said before it broke stays,
 * marked as stale.
 */
export class TraceBook {
  private readonly entries = new Map<string, Entry>();
  private readonly edits = new Map<string, LineEdit[]>();

  /** @param batchSize that costs are shown for, by traced file */
  constructor(private readonly batchSize: (entry: string) => number = () => 1) {}

  /** Now, as far as edits go. */
  moment(): Moment {
    return new Map([...this.edits].map(([file, edits]) => [file, edits.length]));
  }

  /** Enters what a trace said that began at `since`; lines edited meanwhile are moved along. */
  record(entry: string, result: TraceResult, inputs: readonly string[], since: Moment): void {
    const broken = result.remarks.find(({ severity }) => severity === 'error');
    const fresh = result.models.map((model) => this.hold(model, since));
    const names = new Set(result.models.map(({ name }) => name));
    const kept = (broken ? (this.entries.get(entry)?.models ?? []) : []).filter(
      ({ model }) => !names.has(model.name),
    );
    for (const each of kept) each.stale ??= broken?.message;
    this.entries.set(entry, {
      inputs: new Set([entry, ...inputs]),
      models: [...fresh, ...kept],
      remarks: result.remarks.map((remark) => ({
        remark,
        anchor: this.anchor(remark.place, undefined, since),
      })),
    });
  }

  /** The file could not be traced; `reason` says why, and `remarks` where. */
  failed(entry: string, reason: string, remarks: readonly TraceRemark[], since: Moment): void {
    const known = this.entries.get(entry);
    for (const each of known?.models ?? []) each.stale = reason;
    this.entries.set(entry, {
      inputs: known?.inputs ?? new Set([entry]),
      models: known?.models ?? [],
      remarks: remarks.map((remark) => ({ remark, anchor: this.anchor(remark.place, undefined, since) })),
    });
  }

  /** Forgets the traces of which none of these files is a part. */
  keep(files: ReadonlySet<string>): void {
    for (const [entry, { inputs }] of this.entries)
      if (![...inputs].some((input) => files.has(input))) this.entries.delete(entry);
  }

  /** Lines are counted from 0 in an edit. */
  edited(file: string, edit: LineEdit): void {
    this.edits.set(file, [...(this.edits.get(file) ?? []), edit]);
    for (const { models, remarks } of this.entries.values()) {
      for (const { anchors } of models) for (const anchor of anchors) move(anchor, file, edit);
      for (const { anchor } of remarks) move(anchor, file, edit);
    }
  }

  /** Nothing is being traced: no edit has to be remembered. */
  settled(): void {
    this.edits.clear();
  }

  /** Whether the figures of a file follow at any batch size without another trace. */
  isFitted(entry: string): boolean {
    const models = this.entries.get(entry)?.models ?? [];
    return models.every(({ traced }) => traced.fit !== undefined || !traced.batchIsFree);
  }

  has(entry: string): boolean {
    return this.entries.has(entry);
  }

  /** Traced files whose figures depend on `file`. */
  entriesWith(file: string): string[] {
    return [...this.entries].filter(([, { inputs }]) => inputs.has(file)).map(([entry]) => entry);
  }

  /** Models that have a line in `file`, the most telling trace of each first. */
  modelsOf(file: string): ShownModel[] {
    return this.heldBy(file)
      .filter(({ held }) => held.anchors.some((anchor) => anchor.file === file))
      .map(({ entry, held }) => ({ model: held.model, entry, stale: held.stale }));
  }

  /** What a trace said of a model: another object after every trace. */
  traced({ entry, name }: { readonly entry: string; readonly name: string }): TracedModel | undefined {
    return this.entries.get(entry)?.models.find(({ traced }) => traced.name === name)?.traced;
  }

  /** Where a layer is made by now. */
  placeOfLayer(
    of: { readonly entry: string; readonly name: string },
    layer: string,
  ): SourcePlace | undefined {
    const held = this.entries.get(of.entry)?.models.find(({ model }) => model.name === of.name);
    const place = held?.model.layers.find(({ name }) => name === layer)?.place ?? lineNamed(held, layer);
    if (!held || !place) return undefined;
    const index = held.traced.lines.findIndex(({ file, line }) => file === place.file && line === place.line);
    const anchor = held.anchors.find((each) => each.file === place.file && each.index === index);
    return { ...place, line: anchor?.line ?? place.line };
  }

  /** All models that are known. */
  models(): ShownModel[] {
    return [...this.entries].flatMap(([entry, { models }]) =>
      models.map((held) => ({ model: this.atBatch(held, entry).model, entry, stale: held.stale })),
    );
  }

  /** What stands above the lines of `file`, in their order: of each line the most telling, and models apart. */
  linesOf(file: string): ShownLine[] {
    const lines = new Map<string, ShownLine & { rank: number }>();
    for (const { entry, held, rank } of this.heldBy(file))
      for (const { line, index, ...anchor } of held.anchors) {
        if (anchor.file !== file) continue;
        const cost = index === undefined ? undefined : held.model.lines[index];
        const key = cost ? `${line}` : `${line} ${held.model.name}`;
        const there = lines.get(key);
        if (there && (there.rank < rank || weight(there) >= weight({ cost }))) continue;
        lines.set(key, { line, cost, model: held.model, entry, stale: held.stale, rank });
      }
    // A model is named before the layers on its line.
    return [...lines.values()].sort((a, b) => a.line - b.line || Number(!!a.cost) - Number(!!b.cost));
  }

  /** What there is to say at lines of any file. */
  remarks(): TraceRemark[] {
    return [...this.entries.values()].flatMap(({ remarks }) =>
      remarks.map(({ remark, anchor }) => ({ ...remark, place: { ...remark.place, line: anchor.line } })),
    );
  }

  /** Experiments say with which batch and data a model is trained; then comes the file itself; then other scripts. */
  private heldBy(file: string): { entry: string; held: HeldModel; rank: number }[] {
    const rankOf = (entry: string) => (/\.experiment\.m?[jt]s$/.test(entry) ? 0 : entry === file ? 1 : 2);
    return [...this.entries]
      .filter(([, { inputs }]) => inputs.has(file))
      .flatMap(([entry, { models }]) =>
        models.map((held) => ({ entry, held: this.atBatch(held, entry), rank: rankOf(entry) })),
      )
      .sort((a, b) => a.rank - b.rank);
  }

  private atBatch(held: HeldModel, entry: string): HeldModel {
    const { traced, model } = held;
    const batch = this.batchSize(entry);
    if (traced.fit && model.batch !== batch) held.model = { ...traced, ...costAt(traced.fit, batch) };
    return held;
  }

  private hold(model: TracedModel, since: Moment): HeldModel {
    const places = [...(model.place ? [model.place] : []), ...model.alsoAt];
    return {
      traced: model,
      model,
      stale: undefined,
      anchors: [
        ...places.map((place) => this.anchor(place, undefined, since)),
        ...model.lines.flatMap((line, i) => (isWorthALine(line) ? this.anchor(line, i, since) : [])),
      ],
    };
  }

  private anchor(
    { file, line }: { readonly file: string; readonly line: number },
    index: number | undefined,
    since: Moment,
  ): Anchor {
    const anchor = { file, line, index };
    for (const edit of (this.edits.get(file) ?? []).slice(since.get(file) ?? 0)) move(anchor, file, edit);
    return anchor;
  }
}

/** The line of a model without layers, whose rows are lines. */
function lineNamed(held: HeldModel | undefined, name: string): SourcePlace | undefined {
  const found = held?.traced.lines.find(({ line, kind }) => kind === 'operation' && name === `line ${line}`);
  return found && { file: found.file, line: found.line, column: 1 };
}

/** A line that is edited itself stays where the edit began. */
function move(anchor: Anchor, file: string, edit: LineEdit): void {
  if (anchor.file !== file) return;
  anchor.line = (shiftedLine(anchor.line - 1, edit) ?? edit.startLine) + 1;
}

/** Of several models through one line, the one that costs most there. */
function weight({ cost }: { readonly cost: LineCost | undefined }): number {
  return cost ? allFlops(cost.work) : 0;
}

function isWorthALine({ kind, params, work, activationBytes }: LineCost): boolean {
  if (kind === 'operation') return allFlops(work) > 0;
  return params > 0 || activationBytes > 0 || allFlops(work) > 0;
}
