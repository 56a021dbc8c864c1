import assert from 'node:assert/strict';
import { TraceBook } from '../../../src/editor/cost/traceBook';
import { line, model, result } from './costFixtures';

const file = '/work/net.ts';
const experiment = '/work/net.experiment.ts';
const net = (macs = 50) => model('net', file, 3, [line(file, 4, macs), line(file, 6, 10)]);
const insertAt = (at: number, count: number) => ({ startLine: at, endLine: at, newText: '\n'.repeat(count) });

describe('the book of traces', () => {
  let book: TraceBook;
  beforeEach(() => {
    book = new TraceBook();
    book.record(file, result(net()), [file], book.moment());
  });
  const lines = () => book.linesOf(file).map(({ line, cost, stale }) => [line, cost?.params, stale]);

  it('has a line for a model and for each of its layers', () => {
    assert.deepEqual(lines(), [
      [3, undefined, undefined],
      [4, 50, undefined],
      [6, 10, undefined],
    ]);
  });
  it('moves lines with the text around them', () => {
    book.edited(file, insertAt(0, 2));
    book.edited(file, { startLine: 6, endLine: 7, newText: '' });
    assert.deepEqual(
      lines().map(([at]) => at),
      [5, 6, 7],
    );
  });
  it('keeps a line that is edited itself where it is', () => {
    book.edited(file, { startLine: 3, endLine: 3, newText: 'x' });
    assert.deepEqual(
      lines().map(([at]) => at),
      [3, 4, 6],
    );
  });
  it('moves what was traced before an edit that came while it was traced', () => {
    const since = book.moment();
    book.edited(file, insertAt(4, 3));
    book.record(file, result(net(70)), [file], since);
    assert.deepEqual(lines(), [
      [3, undefined, undefined],
      [4, 70, undefined],
      [9, 10, undefined],
    ]);
  });
  it('keeps the figures of a file that broke, and says why they are stale', () => {
    book.failed(file, 'Expected ")"', [], book.moment());
    assert.deepEqual(
      lines().map(([, , stale]) => stale),
      ['Expected ")"', 'Expected ")"', 'Expected ")"'],
    );
    book.record(file, result(net(51)), [file], book.moment());
    assert.deepEqual(lines()[1], [4, 51, undefined]);
  });
  it('keeps the figures of the one model that broke, beside the new ones of the others', () => {
    const other = model('other', file, 20, [line(file, 21, 5)]);
    book.record(file, result(net(), other), [file], book.moment());
    const place = { file, line: 4, column: 1 };
    const remarks = [{ severity: 'error' as const, message: 'shapes do not fit', place }];
    book.record(file, { models: [other], remarks }, [file], book.moment());
    assert.deepEqual(
      lines().map(([at, , stale]) => [at, stale]),
      [
        [3, 'shapes do not fit'],
        [4, 'shapes do not fit'],
        [6, 'shapes do not fit'],
        [20, undefined],
        [21, undefined],
      ],
    );
    assert.deepEqual(book.remarks(), remarks);
  });
  it('forgets a model that is gone from a file that is whole', () => {
    book.record(file, result(), [file], book.moment());
    assert.deepEqual(lines(), []);
  });
  it('prefers what an experiment says of a line, and falls back to the file itself', () => {
    const trained = model('training', experiment, 2, [line(file, 4, 800)]);
    book.record(experiment, result(trained), [experiment, file], book.moment());
    assert.deepEqual(
      book.linesOf(file).map((shown) => [shown.line, shown.cost?.params, shown.entry]),
      [
        [3, undefined, file],
        [4, 800, experiment],
        [6, 10, file],
      ],
    );
    assert.deepEqual(book.entriesWith(file), [file, experiment]);
  });
  it('forgets a trace once none of its files is open', () => {
    const other = '/work/other.ts';
    book.record(other, result(model('other', other, 1, [line(file, 4, 800)])), [other, file], book.moment());
    book.keep(new Set([file]));
    assert.ok(book.has(other));
    book.keep(new Set([other]));
    assert.deepEqual([book.has(file), book.has(other)], [false, true]);
    book.keep(new Set());
    assert.ok(!book.has(other));
  });
  it('says of a line that several models share what the largest has there', () => {
    const small = model('small', file, 10, [line(file, 4, 7)]);
    book.record(file, result(small, net()), [file], book.moment());
    const shared = book.linesOf(file).filter(({ line }) => line === 4);
    assert.deepEqual(
      shared.map(({ cost, model }) => [cost?.params, model.name]),
      [[50, 'net']],
    );
  });
  it('follows the batch size without another trace, where a trace has been fitted', () => {
    let batch = 1;
    book = new TraceBook(() => batch);
    const samples = [1, 2, 3].map((size) => ({
      ...model('net', file, 3, [line(file, 4, 50 * size)]),
      batch: size,
    }));
    const [first] = samples;
    assert.ok(first);
    const fit = { samples: samples as never, peak: [{ bytes: 100, bytesPerExample: 8 }] };
    book.record(file, result({ ...first, fit }), [file], book.moment());
    batch = 64;
    const [whole, layer] = book.linesOf(file);
    assert.equal(whole?.model.batch, 64);
    assert.equal(whole?.model.peakBytes, 100 + 8 * 64);
    assert.equal(layer?.cost?.work.forward.macs, 50 * 64);
    assert.ok(book.isFitted(file));
  });
});
