import assert from 'node:assert/strict';
import { Paced } from '../../../webview/runs/paced';

describe('paced work', () => {
  const waiting: { work: () => void; milliseconds: number }[] = [];
  const next = () => {
    const { work, milliseconds } = waiting.shift() ?? assert.fail('nothing is due');
    work();
    return milliseconds;
  };
  let done = 0;
  const paced = (milliseconds: number) =>
    new Paced(
      () => {
        done++;
        for (const end = performance.now() + milliseconds; performance.now() < end;);
      },
      (work, after) => waiting.push({ work, milliseconds: after }),
    );
  beforeEach(() => {
    waiting.length = done = 0;
  });

  it('is done at once, and once for all who asked meanwhile', () => {
    const work = paced(1);
    work.soon();
    work.soon();
    assert.equal(next(), 0);
    assert.deepEqual([done, waiting.length], [1, 0]);
  });

  it('pauses four times as long as it took, and does what was asked for then', () => {
    const work = paced(50);
    work.soon();
    next();
    work.soon();
    const pause = next();
    assert.ok(pause > 150, `a pause of ${pause} ms`);
    assert.equal(done, 2);
  });
});
