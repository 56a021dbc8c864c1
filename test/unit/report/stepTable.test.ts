import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { writeStepCsv } from '../../../src/report/stepCsv';
import { StepTable } from '../../../src/report/stepTable';
import type { NewEvent } from '../../../src/runs/event';
import { RunWriter } from '../../../src/runs/writer';
import { attemptOf, freshFolder, recordOf } from '../runs/runFolder';

describe('the steps of a run as a table', () => {
  const folder = freshFolder();
  const step = (number: number, loss: number): NewEvent => ({
    type: 'step',
    step: number,
    epoch: 0,
    loss,
    ms: 5,
    flops: 100 * number,
  });
  const evaluation = (at: number, loss: number): NewEvent => ({
    type: 'eval',
    step: at,
    epoch: 0,
    metrics: { loss, acc: 0.5 },
    ms: 1,
  });
  const write = async (attempt: number, ...events: NewEvent[]) => {
    const writer = new RunWriter(folder(), attempt);
    for (const event of events) writer.record(event);
    await writer.close();
  };
  const rowsOf = async (attempts = [attemptOf({ number: 1, fromStep: 1 })]) => {
    const table = await StepTable.open(folder(), recordOf({ attempts }), 'finished', Date.now());
    const rows = [];
    for await (const row of table.rows()) rows.push(row);
    return rows;
  };

  it('has one row a step, with the evaluation after it', async () => {
    await write(1, step(1, 4), step(2, 2), evaluation(2, 3), step(3, NaN));
    const rows = await rowsOf();
    assert.deepEqual(
      rows.map((row) => [row.step, row['train/loss'], row['test/loss'], row['test/acc'], row.flops_counted]),
      [
        [1, 4, undefined, undefined, 100],
        [2, 2, 3, 0.5, 200],
        [3, NaN, undefined, undefined, 300],
      ],
    );
    assert.deepEqual(
      [rows[0]?.run, rows[0]?.attempt, rows[0]?.epoch, rows[0]?.step_ms],
      [recordOf().id, 1, 1, 5],
    );
  });

  it('leaves out what a later attempt did again, also where two did', async () => {
    await write(1, step(1, 10), step(2, 20), evaluation(2, 1), step(3, 30));
    await write(2, step(3, 31), step(4, 41), step(5, 51));
    await write(3, step(2, 22), step(3, 32));
    const attempts = [1, 3, 2].map((fromStep, i) => attemptOf({ number: i + 1, fromStep }));
    const rows = await rowsOf(attempts);
    assert.deepEqual(
      rows.map((row) => [row.attempt, row.step, row['train/loss'], row['test/loss']]),
      [
        [1, 1, 10, undefined],
        [3, 2, 22, undefined],
        [3, 3, 32, undefined],
      ],
    );
  });

  it('is CSV that a reader of CSV takes back, with the columns of all runs', async () => {
    await write(1, step(1, 4), evaluation(1, 0.1 + 0.2));
    const table = await StepTable.open(
      folder(),
      recordOf({ attempts: [attemptOf({ fromStep: 1 })] }),
      'finished',
      0,
    );
    const file = path.join(folder(), 'steps.csv');
    await writeStepCsv([table, table], file);
    const text = fs.readFileSync(file, 'utf8');
    assert.match(
      text,
      /^run,attempt,step,epoch,time,seconds,step_ms,flops_counted,train\/loss,test\/loss,test\/acc\r\n/,
    );
    const rows = parse(text, { columns: true }) as unknown as Record<string, string>[];
    assert.equal(rows.length, 2);
    assert.equal(Number(rows[1]?.['test/loss']), 0.1 + 0.2);
  });

  it('ends early when it is told to', async () => {
    await write(1, ...Array.from({ length: 2000 }, (_, i) => step(i + 1, 1)));
    const table = await StepTable.open(folder(), recordOf(), 'finished', 0);
    const abort = new AbortController();
    const writing = writeStepCsv([table], path.join(folder(), 'steps.csv'), abort.signal);
    abort.abort();
    await assert.rejects(writing, { name: 'AbortError' });
  });
});
