import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { changeAbout, readAbout } from '../../../src/runs/about';
import { writeRecord } from '../../../src/runs/recordFile';
import { RunIndex } from '../../../src/runs/runIndex';
import { freshFolder, recordOf } from './runFolder';

describe('what a user says about a run', () => {
  const folder = freshFolder();
  const file = () => path.join(folder(), 'about.json');

  it('is nothing at first, and what was said afterwards', async () => {
    assert.deepEqual(await readAbout(folder()), {});
    await changeAbout(folder(), { name: 'größer', tags: ['paper', 'b'] });
    await changeAbout(folder(), { notes: 'two\nlines', archived: true });
    const said = { name: 'größer', tags: ['paper', 'b'], notes: 'two\nlines', archived: true };
    assert.deepEqual(await readAbout(folder()), said);
    assert.deepEqual(fs.readdirSync(folder()), ['about.json']);
  });

  it('leaves what is not named, takes away what is empty, and leaves no file without words', async () => {
    await changeAbout(folder(), { name: 'a', tags: ['x'], archived: true });
    assert.deepEqual(await changeAbout(folder(), { tags: [], archived: false }), { name: 'a' });
    assert.deepEqual(await changeAbout(folder(), { name: undefined }), {});
    assert.deepEqual(fs.readdirSync(folder()), []);
  });

  it('loses none of many changes at once', async () => {
    await Promise.all([
      changeAbout(folder(), { name: 'n' }),
      changeAbout(folder(), { notes: 'o' }),
      changeAbout(folder(), { tags: ['t'] }),
      changeAbout(folder(), { archived: true }),
    ]);
    assert.deepEqual(await readAbout(folder()), { name: 'n', notes: 'o', tags: ['t'], archived: true });
  });

  it('keeps fields of a later version', async () => {
    fs.writeFileSync(file(), '{"rating": 5, "notes": "a"}');
    await changeAbout(folder(), { notes: 'b' });
    assert.deepEqual(JSON.parse(fs.readFileSync(file(), 'utf8')), { rating: 5, notes: 'b' });
  });

  for (const [what, text, message] of [
    ['no JSON', '{"tags": [', /about\.json is not JSON/],
    ['of other types', '{"tags": "paper"}', /about\.json: tags: .*Mend or delete/],
    ['a list', '[]', /about\.json/],
    ['empty', '', /about\.json is not JSON/],
  ] as const)
    it(`is named, and not written over, when it is ${what}`, async () => {
      fs.writeFileSync(file(), text);
      await assert.rejects(readAbout(folder()), message);
      await assert.rejects(changeAbout(folder(), { name: 'a' }), message);
      assert.equal(fs.readFileSync(file(), 'utf8'), text);
      fs.rmSync(file());
      assert.deepEqual(await changeAbout(folder(), { name: 'a' }), { name: 'a' }, 'goes on afterwards');
    });

  it('is in the list of runs, changes there, and a bad file hides no run', async () => {
    const directory = path.join(folder(), '.compute-lens', 'runs', 'a');
    fs.mkdirSync(directory, { recursive: true });
    await writeRecord(directory, recordOf({ id: 'a' }));
    const index = new RunIndex([folder()]);
    assert.equal((await index.refresh())[0]?.about, undefined);
    await changeAbout(directory, { tags: ['best'] });
    assert.deepEqual((await index.refresh())[0]?.about, { tags: ['best'] });
    fs.writeFileSync(path.join(directory, 'about.json'), '{');
    const [bad] = await index.refresh();
    assert.equal(bad?.status, 'finished');
    assert.equal(bad.about, undefined);
    fs.rmSync(path.join(directory, 'about.json'));
    assert.equal((await index.refresh())[0]?.about, undefined);
  });
});
