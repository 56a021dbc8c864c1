import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { ControlReader, requestCheckpoint, requestResume, requestStop } from '../../../src/runs/control';
import { readLogTail } from '../../../src/runs/logTail';
import { freshFolder } from './runFolder';

const look = () => new Promise((resolve) => setTimeout(resolve, 210));

describe('asking a run to stop', () => {
  const folder = freshFolder();

  it('is heard within moments, also when it came before the trainer listened', async () => {
    const early = new ControlReader(folder());
    assert.equal(early.stopRequested(), false);
    await requestStop(folder());
    await look();
    assert.equal(early.stopRequested(), true);
    assert.equal(new ControlReader(folder()).stopRequested(), true);
  });

  it('does not concern an attempt that was started after it', async () => {
    await requestStop(folder());
    await requestResume(folder());
    const reader = new ControlReader(folder());
    assert.equal(reader.stopRequested(), false);
    await requestStop(folder());
    await look();
    assert.equal(reader.stopRequested(), true);
  });

  it('is not undone by a request for a checkpoint', async () => {
    await requestStop(folder());
    await requestCheckpoint(folder());
    assert.equal(new ControlReader(folder()).stopRequested(), true);
  });

  it('asks for a checkpoint once a request, and not for one that an earlier attempt was asked for', async () => {
    await requestCheckpoint(folder());
    const reader = new ControlReader(folder());
    assert.equal(reader.checkpointRequested(), false);
    await requestCheckpoint(folder());
    await look();
    assert.equal(reader.checkpointRequested(), true);
    assert.equal(reader.checkpointRequested(), false);
    assert.equal(reader.stopRequested(), false);
  });

  it('survives torn and foreign lines', async () => {
    await requestStop(folder());
    fs.appendFileSync(path.join(folder(), 'control.jsonl'), '{"type":"pause"}\n{"ty');
    assert.equal(new ControlReader(folder()).stopRequested(), true);
  });

  it('says so when the folder is gone', async () => {
    await assert.rejects(requestStop(path.join(folder(), 'none')), /control\.jsonl.*folder is gone/s);
  });
});

describe('the end of a log', () => {
  const folder = freshFolder();
  const write = (text: string) => fs.writeFileSync(path.join(folder(), 'stdout.log'), text);

  it('is empty where nothing was said', async () => {
    assert.equal(await readLogTail(folder()), '');
  });

  it('is all of a short log', async () => {
    write('one\ntwo\n');
    assert.equal(await readLogTail(folder()), 'one\ntwo\n');
  });

  it('is the last whole lines of a long one', async () => {
    write(Array.from({ length: 1000 }, (_, i) => `line ${i} größer\n`).join(''));
    const tail = await readLogTail(folder(), 100);
    assert.ok(Buffer.byteLength(tail) <= 100 && tail.endsWith('line 999 größer\n'));
    assert.match(tail, /^line 99\d größer\n/);
  });

  it('is the end of a line that is longer than asked for', async () => {
    write('x'.repeat(1000));
    assert.equal(await readLogTail(folder(), 10), 'x'.repeat(10));
  });
});
