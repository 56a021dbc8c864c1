import type { SourcePlace } from '../cost/modelCost';
import { ExperimentError } from '../train/experimentError';
import { Contained } from './contained';
import type { TraceRemark } from './request';
import type { TraceSession } from './session';

/** Messages may hold a whole tensor, or worse. */
const longestMessage = 1000;

/** Collects what there is to say about the user's lines; each thing once. */
export class Remarks {
  readonly all: TraceRemark[] = [];

  constructor(
    private readonly session: TraceSession,
    private readonly file: string,
  ) {}

  add(severity: TraceRemark['severity'], message: string, place?: SourcePlace): void {
    const at = place ?? { file: this.file, line: 1, column: 1 };
    const same = this.all.some(
      (each) => each.message === message && each.place.line === at.line && each.place.file === at.file,
    );
    if (!same) this.all.push({ severity, message, place: at });
  }

  /** What the code threw, at the line that is to blame. */
  thrown(error: unknown, otherwise?: SourcePlace): void {
    if (!isReadable(error))
      return this.add('error', 'The code threw something that cannot be read.', otherwise);
    const place = this.placeOf(error) ?? otherwise;
    const before = 'The cost is of what comes before this line.';
    if (error instanceof Contained) this.add('information', `${error.message}. ${before}`, place);
    else if (isOfElsewhere(error)) this.add('information', `${messageOf(error)} here. ${before}`, place);
    else this.add(this.isDeliberate(error) ? 'warning' : 'error', this.withShapes(error), place);
  }

  /** An `Error` of the code's own, such as a missing argument: it need not be wrong where the file is really run. */
  private isDeliberate(error: unknown): boolean {
    const thrownIn =
      error instanceof Error
        ? String(error.stack)
            .split('\n')
            .find((line) => /^\s+at /.test(line))
        : '';
    const { identifier = '' } = this.session.callSites.lines ?? {};
    return error instanceof Error && error.name === 'Error' && thrownIn?.includes(`${identifier}:`) === true;
  }

  /** The tracer itself failed. */
  failed(error: unknown): void {
    this.add('error', `Tracing failed: ${isReadable(error) ? messageOf(error) : 'nobody can read why'}`);
  }

  /** What TensorFlow.js says, with the layer's name as in this file, and what the layer was given. */
  private withShapes(error: unknown): string {
    const { failure } = this.session.attribution;
    const message = messageOf(error);
    if (failure?.error !== error || !failure) return message;
    const { layer, shapes } = failure;
    const given = shapes
      .map((shape) => `[${shape.map((length) => length ?? 'batch').join(', ')}]`)
      .join(' and ');
    const name = this.session.nameOf(layer);
    const said = message.replaceAll(layer.name, name);
    return given === '' ? said : `${said}${/[.!]$/.test(said) ? '' : '.'} ${name} was given ${given}.`;
  }

  private placeOf(error: unknown): SourcePlace | undefined {
    const { callSites, attribution } = this.session;
    const said = error instanceof ExperimentError ? error.location : undefined;
    // Where only the file is said, whoever asks may know the line.
    if (said && (said.line !== undefined || said.file !== this.file))
      return { file: said.file, line: said.line ?? 1, column: said.column ?? 1 };
    const stack = error instanceof Error ? String(error.stack) : '';
    for (const [, line, column] of stack.matchAll(positionsOf(callSites.lines?.identifier ?? ''))) {
      const place = callSites.lines?.place(Number(line), Number(column));
      if (place) return place;
    }
    const failed = attribution.failure?.error === error ? attribution.failure?.layer : undefined;
    return failed && attribution.siteOf(failed)[0];
  }
}

function positionsOf(identifier: string): RegExp {
  return new RegExp(`${identifier.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}:(\\d+):(\\d+)`, 'g');
}

/** Whether looking at what was thrown throws nothing itself, as getters and proxies may. */
function isReadable(error: unknown): boolean {
  try {
    if (error instanceof Error) return [error.name, error.message, error.stack ?? ''].every(isText);
    return describe(error) !== '';
  } catch {
    return false;
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

/** The sentence of an error. */
function messageOf(error: unknown): string {
  const message = wholeMessageOf(error);
  return message.length > longestMessage ? `${message.slice(0, longestMessage)}...` : message;
}

function wholeMessageOf(error: unknown): string {
  if (!(error instanceof Error)) return `The code threw ${describe(error)}, which is not an Error.`;
  const { code, permission } = error as { code?: string; permission?: string };
  if (code === 'ERR_ACCESS_DENIED')
    return `The code asked for ${permission ?? 'something'} which is not possible while a model's cost is traced.`;
  if (isTimeout(error)) return 'This does not come to an end; it was left after some seconds.';
  const plain = error.name === 'Error' || error instanceof ExperimentError || error.name === 'ValueError';
  return (plain ? '' : `${error.name}: `) + error.message;
}

function describe(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

const browsers =
  /^(document|window|navigator|location|localStorage|sessionStorage|indexedDB|Image|HTML\w*|requestAnimationFrame|alert|self) is not defined$/;

/** Something that this machine or this process has not, and another may: a page, a file, a server. */
function isOfElsewhere(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    (error instanceof ReferenceError && browsers.test(error.message)) ||
    typeof (error as { syscall?: unknown }).syscall === 'string'
  );
}

/** Whether the code was ended for taking too long. */
export function isTimeout(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}
