import fs from 'node:fs';
import { deviceOf, runsOn, waitingRuns, type WaitingRun } from '../runs/queue';
import { cancelWaiting } from '../runs/queueOrder';
import type { RunRecord, RunStatus } from '../runs/record';
import { readRecord } from '../runs/recordFile';
import { RunIndex } from '../runs/runIndex';
import { runStatus } from '../runs/status';
import type { LaunchedRun, TrainerExit } from '../train/launch';
import { withRunsElsewhere } from '../train/machineRuns';
import { queueRun, startNext, type AskedRun } from '../train/queue';
import { exitCodes } from '../train/trainerProcess';
import { interruptible } from './interruptible';

const lookMilliseconds = 1000;
/** What is started here waits for whatever trains on its device. */
const concurrency = 1;

/** Says which run keeps the device of another one busy, where one does. */
export async function busyNote({ workspace, record }: AskedRun): Promise<string | undefined> {
  const summaries = await withRunsElsewhere(await new RunIndex([workspace]).refresh());
  const device = deviceOf(record, summaries);
  const [first, ...others] = runsOn(device, summaries);
  if (!first) return undefined;
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  const where = device === undefined ? 'here' : `on the ${device === 'gpu' ? 'GPU' : 'processor'}`;
  const folder = first.record?.workspace;
  const whose = folder === undefined || folder === workspace ? '' : ` of ${folder}`;
  return `${first.id}${whose}${more} trains ${where} already: both will be slower. With --queue this run waits for its turn.`;
}

/**
 * Puts a run in line and starts it when it is its turn.
 *
 * @returns undefined once Ctrl-C was pressed: the run is out of line then
 */
export async function runInTurn(
  asked: AskedRun,
  say: (text: string) => void,
): Promise<LaunchedRun | undefined> {
  const index = new RunIndex([asked.workspace]);
  const look = () => index.refresh();
  let run: LaunchedRun | undefined;
  const elsewhere = (id: string, directory: string) => startedElsewhere(id, directory, asked.record.attempts);
  await interruptible(async (signal) => {
    const { id, directory } = await queueRun(asked, look);
    for (let said = ''; !run && !signal.aborted;) {
      const started = await startNext(asked.workspace, look, asked.settings, concurrency);
      if (started?.directory === directory) run = started;
      else if ((await statusOf(directory)) !== 'queued') run = await elsewhere(id, directory);
      else {
        const text = placeText(id, await waitingRuns(await look()));
        if (text !== said) say(text);
        said = text;
        await new Promise((resolve) => setTimeout(resolve, lookMilliseconds));
      }
    }
    if (!run && !(await cancelWaiting(directory))) run = await elsewhere(id, directory);
    return () => exitCodes.finished;
  });
  return run;
}

function placeText(id: string, waiting: readonly WaitingRun[]): string {
  const before = waiting.findIndex(({ summary }) => summary.id === id);
  const ahead = before > 0 ? `; ${before} in line before it` : '';
  return `${id} waits until its device is free${ahead}. Ctrl-C takes it out of line.`;
}

/** The run, which another process has started: an editor's window, at its user's wish. */
async function startedElsewhere(
  id: string,
  directory: string,
  earlier: RunRecord['attempts'],
): Promise<LaunchedRun> {
  const attempts = fs.existsSync(directory) ? (await readRecord(directory)).attempts : undefined;
  const asBefore = earlier.length > 0 && attempts?.length === earlier.length;
  if (!attempts || asBefore) throw new Error(`${id} was taken out of line.`);
  return { id, directory, pid: attempts.at(-1)?.pid ?? 0, exited: untilOver(directory) };
}

async function untilOver(directory: string): Promise<TrainerExit> {
  for (;;) {
    const status = await statusOf(directory);
    if (status !== 'starting' && status !== 'running')
      return {
        code: status === 'finished' || status === 'stopped' ? exitCodes[status] : exitCodes.failed,
        signal: null,
      };
    await new Promise((resolve) => setTimeout(resolve, lookMilliseconds));
  }
}

async function statusOf(directory: string): Promise<RunStatus | undefined> {
  const record = await readRecord(directory).catch(() => undefined);
  return record && runStatus(directory, record);
}
