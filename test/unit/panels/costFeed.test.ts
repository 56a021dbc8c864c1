import assert from 'node:assert/strict';
import { CostFeed } from '../../../src/panels/costFeed';
import type { CostView } from '../../../src/protocol/costPanel';

describe('the feed of a cost panel', () => {
  let sent: { readonly id: number; readonly file: string }[];
  let feed: CostFeed;
  const view = (file: string): CostView => ({
    asked: {},
    file,
    convention: 'mac2',
    traced: true,
    models: [],
    roofs: [],
  });

  beforeEach(() => {
    sent = [];
    feed = new CostFeed(({ id, view: { file } }) => sent.push({ id, file }));
  });

  it('sends nothing before there is a page, nor after it was hidden', () => {
    feed.send(view('a'));
    feed.ready();
    feed.send(view('b'));
    feed.pause();
    feed.send(view('c'));
    assert.deepEqual(sent, [{ id: 1, file: 'b' }]);
  });

  it('waits for the page, and then sends only the newest view', () => {
    feed.ready();
    for (const file of ['a', 'b', 'c']) feed.send(view(file));
    feed.acknowledge(7);
    assert.equal(sent.length, 1);
    feed.acknowledge(1);
    assert.deepEqual(
      sent.map(({ file }) => file),
      ['a', 'c'],
    );
  });

  it('does not send the same view twice, but to a fresh page', () => {
    feed.ready();
    feed.send(view('a'));
    feed.acknowledge(1);
    feed.send(view('a'));
    assert.equal(sent.length, 1);
    feed.ready();
    feed.send(view('a'));
    assert.equal(sent.length, 2);
  });
});
