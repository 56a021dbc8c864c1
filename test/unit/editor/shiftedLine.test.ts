import assert from 'node:assert/strict';
import { shiftedLine } from '../../../src/editor/shiftedLine';

describe('a marked line', () => {
  const edit = (startLine: number, endLine: number, newText: string) => ({ startLine, endLine, newText });

  it('stays where it is when the edit is below', () => {
    assert.equal(shiftedLine(3, edit(4, 9, 'a\nb')), 3);
  });

  it('moves with what is put in or taken out above, whatever ends its lines', () => {
    for (const text of ['a\nb\n', 'a\r\nb\r\n', 'a\rb\r']) assert.equal(shiftedLine(3, edit(1, 1, text)), 5);
    assert.equal(shiftedLine(3, edit(0, 2, '')), 1);
    assert.equal(shiftedLine(3, edit(0, 2, 'a\nb\nc')), 3);
  });

  it('is forgotten when it is edited itself', () => {
    for (const touching of [edit(3, 3, 'x'), edit(1, 3, ''), edit(3, 5, ''), edit(0, 9, 'x')])
      assert.equal(shiftedLine(3, touching), undefined);
  });
});
