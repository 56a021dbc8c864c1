import { fork, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findNode, type NodeExecutable } from '../train/node';
import { trainerEnvironment } from '../train/trainerProcess';
import type { CalibrationRequest, FromTracer, ToTracer, TraceRequest, TraceResult } from './request';

export interface TracerOptions {
  /** The Node to run it on, as the setting names it. */
  readonly node?: string | undefined;
  /** A trace that takes longer is ended, and with it its process. */
  readonly limitMilliseconds?: number | undefined;
  /** The program of the process; beside this file in `dist/` unless told. */
  readonly tracerFile?: string | undefined;
}

/** The process that traced is no more: it was ended for taking too long or too much, or it died. */
export class TracerEnded extends Error {
  override readonly name = 'TracerEnded';
}

/** JavaScript objects of a tracer may fill this much, all of it that much, in megabytes. */
const heapMegabytes = 1536;
const residentBytes = 2.5e9;
/** Above this a tracer is replaced once it is idle. */
const fatBytes = 1e9;
const lookMilliseconds = 250;
const defaultLimit = 15_000;

interface Running {
  readonly child: ChildProcess;
  readonly scratch: string;
  readonly ready: Promise<void>;
}
type Answer = Extract<FromTracer, { type: 'result' }>;
interface Pending {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** Keeps a tracer process warm, and replaces it when it is stuck, fat or gone. One request at a time. */
export class TracerClient {
  private running: Promise<Running> | undefined;
  private queue: Promise<unknown> = Promise.resolve();
  private nextId = 1;
  private disposed = false;

  constructor(private readonly options: TracerOptions = {}) {}

  /** Starts the process if there is none; resolves when it can trace. */
  async warmUp(): Promise<void> {
    await (
      await this.process()
    ).ready;
  }

  /**
   * What the tracer says of a file.
   *
   * @throws TracerEnded with the reason, when the process had to be ended
   */
  trace(request: TraceRequest | CalibrationRequest): Promise<TraceResult> {
    const traced = this.queue.then(() => this.traceNow(request));
    this.queue = traced.catch(() => undefined);
    return traced;
  }

  /** Process id of the tracer that runs now. */
  async pid(): Promise<number | undefined> {
    return (await this.running)?.child.pid;
  }

  dispose(): void {
    this.disposed = true;
    void this.running?.then(end, () => undefined);
    this.running = undefined;
  }

  private async traceNow(request: TraceRequest | CalibrationRequest): Promise<TraceResult> {
    if (this.disposed) throw new TracerEnded('The tracer was closed.');
    let running = await this.process();
    await running.ready;
    if (!running.child.connected) {
      this.replace(running);
      running = await this.process();
      await running.ready;
    }
    const id = this.nextId++;
    const { result, spent } = await this.answer(running, { id, request }).catch((error: unknown) => {
      this.replace(running);
      throw error;
    });
    if (spent || (residentOf(running.child) ?? 0) > fatBytes) this.replace(running);
    return result;
  }

  private answer(running: Running, message: ToTracer): Promise<Answer> {
    const { child } = running;
    const limit = this.options.limitMilliseconds ?? defaultLimit;
    const began = performance.now();
    return new Promise<Answer>((resolve, reject) => {
      const finish = (pending: (to: Pending) => void) => {
        clearInterval(watch);
        child.off('message', received);
        child.off('exit', exited);
        pending({ resolve, reject });
      };
      const received = (answer: FromTracer) => {
        if (answer.type === 'result' && answer.id === message.id) finish((to) => to.resolve(answer));
      };
      const exited = (code: number | null, signal: NodeJS.Signals | null) =>
        finish((to) => to.reject(new TracerEnded(reasonOf(code, signal))));
      const watch = setInterval(() => {
        const resident = residentOf(child) ?? 0;
        const why =
          performance.now() - began > limit
            ? `Tracing took longer than ${limit / 1000} s and was ended: something in this file does not come to an end.`
            : resident > residentBytes
              ? `Tracing took more than ${residentBytes / 1e9} GB of memory and was ended.`
              : undefined;
        if (why === undefined) return;
        finish((to) => to.reject(new TracerEnded(why)));
      }, lookMilliseconds);
      child.on('message', received);
      child.once('exit', exited);
      child.send(message, (error) => {
        if (error) finish((to) => to.reject(new TracerEnded(error.message)));
      });
    });
  }

  /** The next request gets a new process, which starts right away. */
  private replace(running: Running): void {
    end(running);
    this.running = undefined;
    if (!this.disposed) void this.warmUp().catch(() => undefined);
  }

  private process(): Promise<Running> {
    this.running ??= this.start().catch((error: unknown) => {
      this.running = undefined;
      throw error;
    });
    return this.running;
  }

  private async start(): Promise<Running> {
    const node = await findNode(this.options.node);
    const scratch = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'compute-lens-trace-'));
    const child = fork(this.options.tracerFile ?? path.join(__dirname, 'tracer.js'), [scratch], {
      execPath: node.path,
      execArgv: flags(node, scratch),
      env: { ...trainerEnvironment(node), TMPDIR: scratch, TEMP: scratch, TMP: scratch },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (said = (said + chunk).slice(-2000)));
    const ready = new Promise<void>((resolve, reject) => {
      child.on('message', (message: FromTracer) => {
        if (message.type === 'ready') resolve();
      });
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        fs.rmSync(scratch, { recursive: true, force: true });
        reject(new TracerEnded(`${reasonOf(code, signal)} ${said}`.trim()));
      });
    });
    ready.catch(() => undefined);
    const running = { child, scratch, ready };
    child.once('exit', () => {
      void this.running?.then((current) => {
        if (current === running) this.running = undefined;
      });
    });
    return running;
  }
}

/** Node's permission model: files may be read, and written in the scratch folder only; no programs, no threads. */
function flags(node: NodeExecutable, scratch: string): string[] {
  const [major = 0, minor = 0] = node.version.split('.').map(Number);
  const stable = major > 23 || (major === 23 && minor >= 5) || (major === 22 && minor >= 13);
  return [
    '--experimental-vm-modules',
    '--no-warnings',
    `--max-old-space-size=${heapMegabytes}`,
    // A trace is many small objects that live for as long as it does.
    '--max-semi-space-size=64',
    stable ? '--permission' : '--experimental-permission',
    '--allow-fs-read=*',
    `--allow-fs-write=${path.join(scratch, '*')}`,
  ];
}

function end({ child, scratch }: Running): void {
  child.kill('SIGKILL');
  fs.rmSync(scratch, { recursive: true, force: true });
}

function reasonOf(code: number | null, signal: NodeJS.Signals | null): string {
  // V8 aborts when its heap is full.
  if (signal === 'SIGABRT' || code === 134)
    return `Tracing took more than ${heapMegabytes / 1000} GB of memory and was ended.`;
  return `The tracer ended by itself (${signal ?? `exit code ${code}`}).`;
}

/** Bytes of memory a process holds, where the system tells without another program. */
function residentOf({ pid }: ChildProcess): number | undefined {
  try {
    const [, pages] = fs.readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
    return Number(pages) * 4096;
  } catch {
    return undefined;
  }
}
