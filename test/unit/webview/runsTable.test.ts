import assert from 'node:assert/strict';
import type { Cell, ColumnKind, RunColumn, RunRow } from '../../../src/protocol/runsTable';
import { parseFilter, parseNumber } from '../../../webview/runs/filter';
import { HeldOrder } from '../../../webview/runs/heldOrder';
import { paretoFront } from '../../../webview/runs/pareto';
import { scaleOf } from '../../../webview/runs/scale';
import { Selection } from '../../../webview/runs/selection';
import { meanAndSpread } from '../../../webview/runs/spread';
import { TableModel, type Entry } from '../../../webview/runs/tableModel';

const columnOf = (id: string, kind: ColumnKind): RunColumn => ({
  id,
  kind,
  title: id,
  exportName: id,
  group: 'Run',
  hint: '',
  usual: true,
});
const columns = [
  columnOf('name', 'text'),
  columnOf('lr', 'number'),
  columnOf('acc', 'metric'),
  columnOf('archived', 'flag'),
];
const rowOf = (key: string, cells: Cell[], live = false): RunRow => ({ key, cells, live });
const idsOf = (entries: readonly Entry[]) =>
  entries.map((entry) => (entry.kind === 'run' ? entry.id : `${String(entry.value)} (${entry.count})`));

describe('the rows of the runs table', () => {
  function modelOf(rows: RunRow[]): TableModel {
    const model = new TableModel();
    model.take(columns, rows, []);
    return model;
  }
  const some = () => [
    rowOf('a', ['run 10', 0.1, 0.9]),
    rowOf('b', ['run 9', 0.01, null]),
    rowOf('c', ['Run 1', 0.1, 'NaN']),
    rowOf('d', ['other', 0.001, 0.95, true]),
    rowOf('e', ['é', 0.1, 0.8]),
  ];

  it('come in the order of the host, archived ones only when asked for', () => {
    const model = modelOf(some());
    model.arrange({});
    assert.deepEqual(idsOf(model.entries()), ['a', 'b', 'c', 'e']);
    model.arrange({ archived: true });
    assert.deepEqual(idsOf(model.entries()), ['a', 'b', 'c', 'd', 'e']);
  });

  it('are sorted by numbers and by names with numbers, what is unknown last either way', () => {
    const model = modelOf(some());
    const sorted = (id: string, desc: boolean) => {
      model.arrange({ sort: [{ id, desc }], archived: true });
      return idsOf(model.entries()).join('');
    };
    assert.equal(sorted('acc', true), 'daebc');
    assert.equal(sorted('acc', false), 'eadbc');
    assert.equal(sorted('name', false).slice(-4), 'dcba');
    model.arrange({
      sort: [
        { id: 'lr', desc: false },
        { id: 'acc', desc: true },
      ],
      archived: true,
    });
    assert.equal(idsOf(model.entries()).join(''), 'dbaec', 'two keys');
  });

  it('are filtered by ranges, by parts of text and by words in any column', () => {
    const model = modelOf(some());
    const shown = (layout: Parameters<TableModel['arrange']>[0]) => {
      model.arrange({ archived: true, ...layout });
      return idsOf(model.entries()).join('');
    };
    assert.equal(shown({ filters: { acc: '0.85..' } }), 'ad');
    assert.equal(shown({ filters: { acc: '>=0.8', lr: '0.1' } }), 'ae');
    assert.equal(shown({ filters: { name: 'RUN' } }), 'abc');
    assert.equal(shown({ filters: { name: '!run' } }), 'de');
    assert.equal(shown({ filters: { acc: '-' } }), 'b');
    assert.equal(shown({ filters: { acc: 'nan' } }), 'c');
    assert.equal(shown({ search: 'RUN 0.9' }), 'a');
    assert.equal(shown({ filters: { acc: 'nonsense>' } }), 'abcde', 'what is no filter filters nothing');
    assert.equal(shown({ filters: { 'no such column': '1' }, sort: [{ id: 'gone', desc: true }] }), 'abcde');
  });

  it('are grouped by a parameter, with mean and spread of each group', () => {
    const model = modelOf(some());
    model.arrange({ group: 'lr', archived: true, sort: [{ id: 'acc', desc: true }] });
    const groups = model.entries();
    assert.deepEqual(idsOf(groups), ['0.001 (1)', '0.1 (3)', '0.01 (1)'], 'ordered by means, unknown last');
    const [, tenth] = groups;
    assert.ok(tenth?.kind === 'group');
    const acc = tenth.spread(2);
    assert.ok(Math.abs((acc?.mean ?? 0) - 0.85) < 1e-12);
    assert.ok(Math.abs((acc?.deviation ?? 0) - Math.SQRT1_2 / 10) < 1e-12);
    assert.equal(acc?.count, 2, 'NaN is in no mean');
    assert.equal(tenth.spread(0), undefined);
    assert.deepEqual([...tenth.keys].sort(), ['a', 'c', 'e']);
    model.toggleGroup(tenth.id);
    assert.deepEqual(idsOf(model.entries()), ['0.001 (1)', '0.1 (3)', 'a', 'e', 'c', '0.01 (1)']);
  });

  it('change, come and go in place', () => {
    const model = modelOf(some());
    model.arrange({ sort: [{ id: 'acc', desc: true }] });
    model.take([], [rowOf('b', ['run 9', 0.01, 0.99], true), rowOf('f', ['new', 1, 0.1])], ['a']);
    assert.deepEqual(idsOf(model.entries()), ['b', 'e', 'f', 'c']);
    model.take([columnOf('late', 'number')], [rowOf('f', ['new', 1, 0.1, null, 7])], []);
    model.arrange({ filters: { late: '7' } });
    assert.deepEqual(idsOf(model.entries()), ['f']);
    model.clear();
    assert.deepEqual(model.entries(), []);
  });

  it('are 10,000 without trouble', () => {
    const rows = Array.from({ length: 10_000 }, (_, i) =>
      rowOf(`run-${i}`, [`run ${i}`, 10 ** -(i % 5), ((i * 7919) % 10_007) / 10_007]),
    );
    const model = modelOf(rows);
    model.arrange({ sort: [{ id: 'acc', desc: true }], filters: { lr: '<0.5' } });
    const entries = model.entries();
    assert.equal(entries.length, 8000);
    const accs = entries.map((entry) => (entry.kind === 'run' ? Number(entry.row.cells[2]) : NaN));
    assert.ok(accs.every((acc, i) => i === 0 || acc <= (accs[i - 1] ?? 0)));
    model.arrange({ group: 'lr' });
    assert.deepEqual(
      model.entries().map((entry) => (entry.kind === 'group' ? entry.count : 0)),
      [2000, 2000, 2000, 2000, 2000],
    );
  });
});

describe('a filter of a column', () => {
  const numbers: readonly [string, ColumnKind, number | undefined][] = [
    ['1.5 GFLOPs', 'flops', 1.5e9],
    ['10k', 'count', 1e4],
    ['2e-3', 'number', 0.002],
    ['.5', 'number', 0.5],
    ['95 %', 'fraction', 0.95],
    ['95', 'fraction', 0.95],
    ['0.95', 'fraction', 0.95],
    ['20 min', 'seconds', 1200],
    ['3 kJ', 'joules', 3000],
    ['5 mg', 'grams', 0.005],
    ['2026-01-31', 'date', new Date(2026, 0, 31).getTime()],
    ['abc', 'number', undefined],
    ['1 parsec', 'seconds', undefined],
    ['', 'number', undefined],
  ];
  for (const [text, kind, value] of numbers)
    it(`reads "${text}" as ${value} in a column of ${kind}`, () => {
      assert.equal(parseNumber(text, { kind }), value);
    });

  it('takes several values, negation and infinite ends', () => {
    const fits = (text: string, value: Cell) => {
      const filter = parseFilter(text, columnOf('x', 'number'));
      assert.ok(typeof filter === 'function', text);
      return filter(value);
    };
    assert.ok(fits('1, 2..3', 2.5) && fits('1, 2..3', 1) && !fits('1, 2..3', 1.5));
    assert.ok(fits('!1', 2) && !fits('!1', 1));
    assert.ok(fits('..-1', -5) && !fits('..-1', 0));
    assert.ok(fits('>3', 'Infinity') && !fits('>3', 'NaN') && !fits('>3', null));
  });

  it('says what is wrong with one that is none', () => {
    const filter = parseFilter('>', columnOf('x', 'number'));
    assert.ok(typeof filter === 'object' && /no filter for numbers/.test(filter.problem));
    assert.equal(parseFilter('  ', columnOf('x', 'number')), undefined);
  });

  it('tells a tag from a part of one', () => {
    const filter = parseFilter('=best', columnOf('tags', 'tags'));
    assert.ok(typeof filter === 'function');
    assert.ok(filter('paper, best') && !filter('paper, best2'));
  });
});

describe('mean and spread', () => {
  it('are those of the sample, of values that are there', () => {
    assert.deepEqual(meanAndSpread([2, 4, 4, 4, 5, 5, 7, 9]), {
      mean: 5,
      deviation: Math.sqrt(32 / 7),
      count: 8,
    });
    assert.deepEqual(meanAndSpread([undefined, 3, NaN]), { mean: 3, deviation: undefined, count: 1 });
    assert.equal(meanAndSpread([undefined, Infinity]), undefined);
    assert.ok(Math.abs((meanAndSpread([1e9 + 1, 1e9 + 2, 1e9 + 3])?.deviation ?? 0) - 1) < 1e-9);
  });
});

describe('a Pareto front', () => {
  const points = [
    { x: 1, y: 0.9 },
    { x: 2, y: 0.95 },
    { x: 2, y: 0.94 },
    { x: 3, y: 0.95 },
    { x: 4, y: 0.99 },
    { x: 0.5, y: 0.1 },
  ];

  it('has what nothing else beats on both axes, from the best x on', () => {
    assert.deepEqual(paretoFront(points, { x: 'less', y: 'more' }), [5, 0, 1, 4]);
    assert.deepEqual(paretoFront(points, { x: 'more', y: 'more' }), [4]);
    assert.deepEqual(paretoFront(points, { x: 'less', y: 'less' }), [5]);
    assert.deepEqual(paretoFront(points, { x: 'more', y: 'less' }), [4, 3, 2, 0, 5]);
  });

  it('has equal points all, and none that are not numbers', () => {
    const ties = [
      { x: 1, y: 1 },
      { x: 1, y: 1 },
      { x: NaN, y: 9 },
      { x: -Infinity, y: 9 },
      { x: 1, y: 0.5 },
    ];
    assert.deepEqual(paretoFront(ties, { x: 'less', y: 'more' }), [0, 1]);
    assert.deepEqual(paretoFront([], { x: 'less', y: 'more' }), []);
    assert.deepEqual(paretoFront([{ x: NaN, y: NaN }], { x: 'less', y: 'more' }), []);
  });

  it('is that of comparing all with all', () => {
    let seed = 1;
    const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    for (const x of ['less', 'more'] as const)
      for (const y of ['less', 'more'] as const) {
        const many = Array.from({ length: 300 }, () => ({
          x: Math.round(random() * 20),
          y: random() < 0.05 ? NaN : Math.round(random() * 20),
        }));
        const cost = (value: number, better: string) => (better === 'less' ? value : -value);
        const beaten = many.map((p) =>
          many.some(
            (q) =>
              cost(q.x, x) <= cost(p.x, x) && cost(q.y, y) <= cost(p.y, y) && (q.x !== p.x || q.y !== p.y),
          ),
        );
        const expected = many.flatMap((p, i) => (!beaten[i] && Number.isFinite(p.y) ? [i] : []));
        assert.deepEqual(
          paretoFront(many, { x, y }).sort((a, b) => a - b),
          expected,
          `${x} ${y}`,
        );
      }
  });
});

describe('an order that is held', () => {
  const of = (text: string) => [...text].map((id) => ({ id }));
  const shown = (order: HeldOrder<{ id: string }>) => order.entries.map(({ id }) => id).join('');

  it('keeps rows where they are, puts new ones last, and says whether another one is due', () => {
    const order = new HeldOrder<{ id: string }>();
    assert.equal(order.take(of('abc'), false), false);
    assert.equal(order.take(of('cab'), true), true);
    assert.equal(shown(order), 'abc');
    assert.equal(order.take(of('dcb'), true), true);
    assert.equal(shown(order), 'bcd');
    assert.equal(order.take(of('bcd'), true), false, 'it is that order already');
    assert.equal(order.take(of('dcb'), false), false);
    assert.equal(shown(order), 'dcb');
  });

  it('shows what a row is now, not what it was', () => {
    const order = new HeldOrder<{ id: string; value: number }>();
    order.take([{ id: 'a', value: 1 }], false);
    order.take([{ id: 'a', value: 2 }], true);
    assert.equal(order.entries[0]?.value, 2);
  });
});

describe('a selection', () => {
  it('grows by a range from where it began, both ways', () => {
    const selection = new Selection(() => undefined);
    const order = [...'abcdef'];
    selection.extend('b', order, 'a');
    assert.deepEqual(selection.all(), ['a', 'b']);
    selection.only('c');
    selection.extend('e', order);
    assert.deepEqual(selection.all(), ['c', 'd', 'e']);
    selection.extend('a', order);
    assert.deepEqual(selection.all(), ['a', 'b', 'c']);
    selection.toggle('f');
    selection.toggle('a');
    assert.deepEqual(selection.all().sort(), ['b', 'c', 'f']);
    selection.toggleAll(['b', 'c']);
    assert.deepEqual(selection.all(), ['f']);
    selection.toggleAll(['b', 'f']);
    assert.deepEqual(selection.all().sort(), ['b', 'f']);
    selection.keepOnly((key) => key === 'b');
    assert.deepEqual(selection.all(), ['b']);
  });

  it('keeps what is hidden, apart from what is shown, in the order in which it was made', () => {
    const selection = new Selection(() => undefined);
    for (const key of 'dbc') selection.toggle(key);
    assert.deepEqual(selection.among([...'abd']), ['d', 'b']);
    assert.deepEqual(selection.all(), ['d', 'b', 'c']);
  });
});

describe('the axis of a plot', () => {
  const number = columnOf('x', 'number');

  it('has its values in order between its ends, and round marks', () => {
    const scale = scaleOf([0, 10, null, 'NaN'], number);
    const at = [0, 2.5, 10].map((value) => scale.position(value) ?? NaN);
    assert.ok((at[0] ?? 0) > 0 && (at[2] ?? 1) < 1);
    assert.ok(at.every((each, i) => i === 0 || each > (at[i - 1] ?? 0)));
    assert.equal(scale.position('NaN'), undefined);
    assert.equal(scale.position(null), undefined);
    assert.deepEqual(
      scale.ticks.map(({ label }) => label),
      ['0', '2', '4', '6', '8', '10'],
    );
    assert.equal(scale.isLogarithmic, false);
  });

  it('is logarithmic where values differ by magnitudes', () => {
    const scale = scaleOf([1e-4, 1e-1], number);
    assert.ok(scale.isLogarithmic);
    const [a, b, c] = [1e-4, 1e-3, 1e-2].map((value) => scale.position(value) ?? NaN) as [
      number,
      number,
      number,
    ];
    assert.ok(Math.abs(b - a - (c - b)) < 1e-12);
    assert.equal(scale.position(0), undefined);
    assert.ok(scale.ticks.some(({ label }) => label === '0.001'));
  });

  it('has room for one value, and a place for each text', () => {
    assert.ok(Math.abs((scaleOf([5, 5], number).position(5) ?? 0) - 0.5) < 1e-12);
    const texts = scaleOf(['wasm', 'cpu', 'wasm', null], columnOf('backend', 'text'));
    assert.deepEqual(
      texts.ticks.map(({ label }) => label),
      ['cpu', 'wasm'],
    );
    assert.equal(texts.position('cpu'), 0.25);
    assert.deepEqual(scaleOf([], number).ticks, []);
  });
});
