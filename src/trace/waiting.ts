import type { TraceSession } from './session';
import type { ScriptWatch } from './scriptStep';

/** Work that the top level has begun and does not wait for is given this long, and this much of a pause. */
const settleMilliseconds = 2000;
const pauseMilliseconds = 20;
/** Work of Node's that its list of resources does not name, such as compiling WebAssembly, is given this long. */
const stuckMilliseconds = 500;

/** As it was before the traced code could replace it. */
const nextTurn = setImmediate;

/**
 * Lets everything run that waits for nothing. Where that never ends, neither does this: the process is ended for the
 * file that is traced, and not for the next.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => nextTurn(resolve));
}

/**
 * Waits for `work` as long as there is anything in this process that could end it.
 *
 * @throws Error when there is nothing left: an event of a browser, or a promise that nobody resolves
 */
export async function unlessStuck<T>(work: () => Promise<T>): Promise<T> {
  const pending = () => process.getActiveResourcesInfo().length;
  const idle = pending();
  let over = false;
  const done = work().finally(() => (over = true));
  done.catch(() => undefined);
  await Promise.race([done, turn()]);
  for (let quiet = 0; !over; quiet = pending() > idle ? 0 : quiet + pauseMilliseconds) {
    await pause();
    if (quiet > stuckMilliseconds && !over)
      throw new Error('This waits for something that never happens, so that its trace ends here.');
  }
  return done;
}

/** Lets what the top level began, as scripts without top-level await do, reach its first step. */
export async function settled({ recorder }: TraceSession, watch: ScriptWatch): Promise<void> {
  const until = performance.now() + settleMilliseconds;
  let seen = -1;
  while (!watch.step && performance.now() < until && seen !== recorder.kernelsSeen) {
    seen = recorder.kernelsSeen;
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
}
