import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { createRunDirectory, readRecord, writeRecord, writeRecordSync } from '../../../src/runs/recordFile';
import { freshFolder, recordOf } from './runFolder';

describe('run.json', () => {
  const folder = freshFolder();

  it('comes back as it was written', async () => {
    const record = recordOf({ result: { step: 5, epoch: 0, seconds: 1.5, evaluation: { acc: 0.5 } } });
    await writeRecord(folder(), record);
    assert.deepEqual(await readRecord(folder()), record);
    writeRecordSync(folder(), { ...record, name: 'sync' });
    assert.equal((await readRecord(folder())).name, 'sync');
    assert.deepEqual(fs.readdirSync(folder()), ['run.json']);
  });

  it('is never seen half-written, however many write and read at once', async () => {
    await writeRecord(folder(), recordOf());
    let done = false;
    const seen = new Set<string>();
    const reader = (async () => {
      while (!done) seen.add((await readRecord(folder())).name);
    })();
    const long = 'x'.repeat(100_000);
    await Promise.all(
      Array.from({ length: 40 }, (_, i) => writeRecord(folder(), recordOf({ name: `${i} ${long}` }))),
    );
    done = true;
    await reader;
    assert.ok([...seen].every((name) => name === 'mlp' || name.length > 100_000));
    assert.deepEqual(fs.readdirSync(folder()), ['run.json']);
  });

  const wrong: Record<string, [string, RegExp]> = {
    'is no JSON': ['{"schema": 1,', /run\.json is not JSON/],
    'lacks a field': [JSON.stringify({ ...recordOf(), attempts: undefined }), /run\.json .*attempts/],
    'has a field of another type': [
      JSON.stringify({ ...recordOf(), attempts: [{ number: 'one' }] }),
      /attempts\.0/,
    ],
    'is of a later version': [JSON.stringify({ schema: 2 }), /later version .*schema 2/],
    'is a list': ['[]', /run\.json is no run record/],
  };
  for (const [what, [text, message]] of Object.entries(wrong))
    it(`is named when it ${what}`, async () => {
      fs.writeFileSync(path.join(folder(), 'run.json'), text);
      await assert.rejects(readRecord(folder()), message);
    });

  it('is named when it is not there', async () => {
    await assert.rejects(readRecord(folder()), /run\.json does not exist/);
  });
});

describe('a new run folder', () => {
  const folder = freshFolder();

  it('gets an id that says when and what, in local time', async () => {
    const { id, directory } = await createRunDirectory(
      folder(),
      recordOf({ name: 'My Net: v2 (größer)', createdAt: new Date(2026, 0, 2, 3, 4).toISOString() }),
    );
    assert.match(id, /^2026-01-02-0304-my-net-v2-gr-er-[0-9a-z]{4}$/);
    assert.equal(directory, path.join(folder(), '.compute-lens', 'runs', id));
    assert.equal((await readRecord(directory)).id, id);
  });

  it('is another one each time, also for many at once', async () => {
    const made = await Promise.all(
      Array.from({ length: 50 }, () => createRunDirectory(folder(), recordOf())),
    );
    assert.equal(new Set(made.map(({ id }) => id)).size, 50);
  });

  it('is hidden from git, once, and a .gitignore of the user stays', async () => {
    await createRunDirectory(folder(), recordOf());
    const file = path.join(folder(), '.compute-lens', '.gitignore');
    assert.equal(fs.readFileSync(file, 'utf8'), '*\n');
    fs.writeFileSync(file, '# mine\n');
    await createRunDirectory(folder(), recordOf());
    assert.equal(fs.readFileSync(file, 'utf8'), '# mine\n');
  });

  it('says what is in the way when there is a file of that name', async () => {
    fs.writeFileSync(path.join(folder(), '.compute-lens'), '');
    await assert.rejects(createRunDirectory(folder(), recordOf()), (error: Error) => {
      assert.equal(error.name, 'StorageError');
      assert.match(error.message, /\.compute-lens.*(file is where|exists)/s);
      return true;
    });
  });
});
