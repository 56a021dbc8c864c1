/**
 * The tracer process: answers, one after another, what files cost, until its parent is gone. The code of those files
 * runs here, on a backend that knows shapes alone, with everything closed that reaches out of the process.
 */
import fs from 'node:fs';
import { calibrationModels } from '../train/calibrationModels';
import { traceCalibration } from './calibration';
import { Realm } from './realm';
import { Remarks } from './remarks';
import type { FromTracer, ToTracer, TraceResult } from './request';
import { closeSandbox } from './sandbox';
import { traceSavedModel } from './savedModel';
import { TraceSession } from './session';
import { shapeBackendName } from './shapeBackend';
import { TracedTimers } from './timers';
import { traceModule } from './traceModule';

async function main(): Promise<void> {
  const send = process.send?.bind(process) as ((message: FromTracer) => void) | undefined;
  if (!send) throw new Error('The tracer is started by Compute Lens itself.');
  Error.stackTraceLimit = 100;
  const chdir = process.chdir.bind(process);
  const resources = process.getActiveResourcesInfo.bind(process);
  const leave = leaving();
  const session = await TraceSession.start();
  // What a traced file leaves behind must not end the process; what it was is said while it is traced.
  process.on('unhandledRejection', (error) => session.stray(error));
  process.on('uncaughtException', (error) => session.stray(error));
  const timers = new TracedTimers();

  let queue = Promise.resolve();
  process.on('message', (message: unknown) => {
    const { id, request } = message as ToTracer;
    queue = queue.then(async () => {
      chdir(request.workspace);
      timers.watch();
      session.recorder.followsLives = 'timeline' in request && request.timeline === true;
      let result: TraceResult | undefined;
      let failure: unknown;
      try {
        result = await traced(session, request);
      } catch (error) {
        failure = error;
      }
      const changed = realm.restore();
      timers.clear();
      await turn();
      session.stray = () => undefined;
      result ??= failed(session, request.file, failure, changed);
      const pending = resources().length > idle;
      const spent = pending || !changed || session.tf.findBackend(shapeBackendName) !== session.backend;
      send({ type: 'result', id, result, spent });
    });
  });
  await closeSandbox((what) => session.leftOut(what));
  // Node calls this when the parent is gone.
  Object.defineProperty(process, 'disconnect', { value: leave });
  const realm = new Realm(classesOf(session));
  await turn();
  const idle = resources().length;
  send({ type: 'ready' });
}

async function traced(session: TraceSession, request: ToTracer['request']): Promise<TraceResult> {
  switch (request.kind) {
    case 'module':
      return traceModule(session, request);
    case 'savedModel':
      return traceSavedModel(session, request);
    case 'calibration':
      return { models: [], remarks: [], calibration: await traceCalibration(session, calibrationModels) };
  }
}

/** Ends this process. An editor that was killed cannot tidy up; the scratch folder itself is not the tracer's to remove. */
function leaving(): () => void {
  const end = (process as unknown as { reallyExit(code: number): never }).reallyExit.bind(process, 0);
  const { readdirSync, unlinkSync } = fs;
  const [, , scratch] = process.argv;
  return () => {
    try {
      for (const name of scratch ? readdirSync(scratch) : []) unlinkSync(`${scratch}/${name}`);
    } finally {
      end();
    }
  };
}

/** The tracer itself broke: by its own fault, or since the code took away what it stands on. */
function failed(
  session: TraceSession,
  file: string,
  error: unknown,
  changed: readonly string[] | undefined,
): TraceResult {
  const remarks = new Remarks(session, file);
  if (changed?.length === 0) remarks.failed(error);
  else {
    const what = changed ? changed.slice(0, 3).join(', ') : 'what JavaScript itself is made of';
    remarks.add('error', `This file changes ${what}, without which its cost cannot be traced.`);
  }
  return { models: [], remarks: remarks.all };
}

/** Classes of TensorFlow.js: the code that is traced may replace their methods. */
function* classesOf({ tf }: TraceSession): Iterable<object> {
  for (const exported of Object.values(tf) as unknown[]) if (typeof exported === 'function') yield exported;
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  for (const [made] of Object.values(classNameMap)) yield made;
}

const nextTurn = setImmediate;

/** Until what was closed before is gone. */
function turn(): Promise<void> {
  return new Promise((resolve) => nextTurn(resolve));
}

void main();
