import assert from 'node:assert/strict';
import { RowsTold, type RowFace } from '../../../src/editor/rowsTold';
import { GroupNode, RunNode, type Node } from '../../../src/editor/runNodes';

const row = (name: string) => new RunNode({ id: name, directory: `/runs/${name}` });

/** Rows as the editor takes them, and what they look like by and by. */
function view(...roots: Node[]) {
  const told = new RowsTold();
  const faces = new Map<Node, RowFace>(roots.map((node) => [node, { state: 'running', text: '1 %' }]));
  const faceOf = (node: Node) => faces.get(node) ?? { state: '', text: '' };
  const take = (taken: Node[]) => {
    told.tellList(taken);
    for (const node of taken) told.tellRow(node, faceOf(node));
  };
  take(roots);
  return {
    take,
    faces,
    news: (now: Node[], texts = true) => told.news(now, faceOf, texts),
  };
}

describe('what is told of the rows of the view', () => {
  const [a, b, c] = [row('a'), row('b'), row('c')];

  it('is nothing while they are the same', () => {
    assert.deepEqual(view(a, b).news([a, b]), []);
  });

  it('is the row that says something else, once', () => {
    const { faces, news } = view(a, b);
    faces.set(b, { state: 'running', text: '2 %' });
    assert.deepEqual(news([a, b]), [b]);
    assert.deepEqual(news([a, b]), []);
  });

  it('is at once a row in another state, and later one that only says something else', () => {
    const { faces, news } = view(a, b);
    faces.set(a, { state: 'finished', text: 'just now' });
    faces.set(b, { state: 'running', text: '2 %' });
    assert.deepEqual(news([a, b], false), [a]);
    assert.deepEqual(news([a, b], false), []);
    assert.deepEqual(news([a, b], true), [b]);
  });

  it('is everything where the list is another one, or in another order, and once', () => {
    for (const now of [[a], [a, b, c], [b, a]]) {
      const { news } = view(a, b);
      assert.equal(news(now), 'all');
      assert.deepEqual(news(now), []);
    }
  });

  it('is a group whose rows are others, and everything where two groups are: a run went from one to the other', () => {
    const [queue, today] = ['queue', 'today'].map((name) => new GroupNode(name, name, []));
    assert.ok(queue && today);
    const { faces, news } = view(a, queue, today);
    faces.set(queue, { state: '2 waiting', text: '' });
    assert.deepEqual(news([a, queue, today], false), [queue]);
    faces.set(queue, { state: '1 waiting', text: '' });
    faces.set(today, { state: 'one more', text: '' });
    assert.equal(news([a, queue, today], false), 'all');
  });

  it('is of rows only that the editor has asked for since it took the list', () => {
    const { faces, news, take } = view(a, b);
    take([c]);
    faces.set(a, { state: 'finished', text: '' });
    assert.deepEqual(news([c]), []);
  });
});
