/**
 * The tracer process: answers, one after another, what files cost, until its parent is gone. The code of those files
 * runs here, on a backend that knows shapes alone, with everything closed that reaches out of the process.
 */
import { StepReached } from './contained';
import type { FromTracer, ToTracer, TraceResult } from './request';
import { closeSandbox } from './sandbox';
import { traceSavedModel } from './savedModel';
import { TraceSession } from './session';
import { TracedTimers } from './timers';
import { traceModule } from './traceModule';

async function main(): Promise<void> {
  const send = process.send?.bind(process) as ((message: FromTracer) => void) | undefined;
  if (!send) throw new Error('The tracer is started by Compute Lens itself.');
  Error.stackTraceLimit = 100;
  const leave = (process as unknown as { reallyExit(code: number): never }).reallyExit.bind(process, 0);
  process.on('disconnect', leave);
  // What a traced file leaves behind must not end the process; what it was is said while it is traced.
  process.on('unhandledRejection', () => undefined);
  process.on('uncaughtException', (error) => {
    if (!(error instanceof StepReached)) process.stderr.write(`${String(error)}\n`);
  });
  const session = await TraceSession.start();
  const timers = new TracedTimers();
  const receive = process.on.bind(process, 'message');
  closeSandbox((what) => session.leftOut(what));

  let queue = Promise.resolve();
  receive((message: unknown) => {
    const { id, request } = message as ToTracer;
    queue = queue.then(async () => {
      process.chdir(request.workspace);
      timers.watch();
      let result: TraceResult;
      try {
        result = await (request.kind === 'module'
          ? traceModule(session, request)
          : traceSavedModel(session, request));
      } catch (error) {
        const message = `Tracing failed: ${error instanceof Error ? error.message : String(error)}`;
        const place = { file: request.file, line: 1, column: 1 };
        result = { models: [], remarks: [{ severity: 'error', message, place }] };
      } finally {
        timers.clear();
      }
      send({ type: 'result', id, result });
    });
  });
  send({ type: 'ready' });
}

void main();
