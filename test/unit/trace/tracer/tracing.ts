import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { LineCost } from '../../../../src/cost/modelCost';
import { Bundler } from '../../../../src/trace/bundle';
import type { TracedModel, TraceRemark, TraceRequest, TraceResult } from '../../../../src/trace/request';
import { TracerClient, type TracerOptions } from '../../../../src/trace/tracerClient';

/** The program of the tracer, as built. */
export const tracerFile = path.resolve(__dirname, '../../../../../dist/tracer.js');

/** What a request may say besides the file. */
export type Asked = Partial<
  Pick<TraceRequest, 'batch' | 'batchOfExperiments' | 'backend' | 'fit' | 'timeline'>
>;

/** A throw-away folder of files, and a real tracer process to trace them. */
export class Tracing {
  readonly folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'lens-trace-'));
  readonly client: TracerClient;
  private readonly bundler = new Bundler(() => undefined);

  constructor(options: TracerOptions = {}) {
    this.client = new TracerClient({ tracerFile, ...options });
  }

  write(name: string, text: string | Uint8Array): string {
    const file = path.join(this.folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    return file;
  }

  /** Traces a module of this text; `tf` and `path`-free fixtures need no import of TensorFlow.js. */
  async trace(text: string, name = 'model.ts', asked: Asked = {}): Promise<TraceResult> {
    const file = this.write(name, text);
    return this.traceFile(file, asked);
  }

  async traceFile(file: string, asked: Asked = {}): Promise<TraceResult> {
    const { code, sourceMap, source } = await this.bundler.bundle(file);
    const common = { file, workspace: this.folder, batch: 1, ...asked };
    return this.client.trace({ kind: 'module', code, sourceMap, source, ...common });
  }

  async traceSaved(file: string, asked: Asked = {}): Promise<TraceResult> {
    return this.client.trace({ kind: 'savedModel', file, workspace: this.folder, batch: 1, ...asked });
  }

  async dispose(): Promise<void> {
    this.client.dispose();
    await this.bundler.dispose();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The only model of a result; an error that says what there is else. */
export function onlyModel({ models, remarks }: TraceResult): TracedModel {
  const [model] = models;
  if (model && models.length === 1) return model;
  throw new Error(`${models.length} models: ${models.map(({ name }) => name).join()}\n${said(remarks)}`);
}

/** The only thing that was said of a file. */
export function onlyRemark({ remarks }: TraceResult): TraceRemark {
  const [remark] = remarks;
  if (remark && remarks.length === 1) return remark;
  throw new Error(`${remarks.length} remarks\n${said(remarks)}`);
}

/** Remarks as a reader sees them: the line, how bad it is, what it says. */
export function said(remarks: readonly TraceRemark[]): string {
  return remarks.map(({ severity, message, place }) => `${place.line} ${severity}: ${message}`).join('\n');
}

/** What a model says about a line of its own file. */
export function lineOf(model: TracedModel, line: number, file?: string): LineCost {
  const found = model.lines.find((each) => each.line === line && (!file || each.file.endsWith(file)));
  if (found) return found;
  throw new Error(`no cost on line ${line}; there are ${model.lines.map((each) => each.line).join()}`);
}
