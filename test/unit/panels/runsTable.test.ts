import assert from 'node:assert/strict';
import { surroundingsOf } from '../../../src/cost/surroundings';
import { RunColumns } from '../../../src/panels/runsTableColumns';
import { exportRuns } from '../../../src/panels/runsTableExport';
import { RunsTableFeed } from '../../../src/panels/runsTableFeed';
import { rowOf } from '../../../src/panels/runsTableRows';
import { parseMessage } from '../../../src/protocol/runPanel';
import { formatFigure } from '../../../src/protocol/formatRun';
import { toRunsTableSchema, type Cell, type RunRow, type ToRunsTable } from '../../../src/protocol/runsTable';
import type { RunDigest } from '../../../src/runs/digest';
import type { EnergyPart } from '../../../src/runs/energy';
import type { RunSummary } from '../../../src/runs/runIndex';
import { attemptOf, recordOf } from '../runs/runFolder';

const surroundings = surroundingsOf({ place: 400, pricePerKwh: 0.5, currency: 'EUR' });
const energy: EnergyPart[] = [
  {
    component: 'cpu',
    provenance: 'measured',
    source: 'meter',
    joules: 3e6,
    low: 3e6,
    high: 3e6,
    seconds: 50,
  },
  {
    component: 'memory',
    provenance: 'estimated',
    source: 'load',
    joules: 6e5,
    low: 1e5,
    high: 9e5,
    seconds: 50,
  },
];
const digest: RunDigest = {
  step: 100,
  curves: {
    'train/loss': { last: NaN, lowest: 0.25, highest: 3 },
    'test/loss': { last: 0.5, lowest: 0.4, highest: 2 },
    'test/acc': { last: 0.8, lowest: 0.1, highest: 0.9 },
  },
  attempts: [
    {
      number: 1,
      outcome: 'finished',
      backend: 'wasm',
      seconds: 60,
      steps: 100,
      trainingFlops: 1000,
      evaluationFlops: 70,
      energy,
      unmeteredSeconds: 10,
    },
  ],
};
function summaryOf(changes: Partial<RunSummary> = {}): RunSummary {
  const record = recordOf({
    params: { lr: 0.1, net: 'mlp', deep: true },
    seed: 7,
    git: { commit: '0123456789abcdef', dirty: true },
    attempts: [attemptOf({ backend: 'wasm' })],
  });
  return { id: record.id, directory: '/w/.compute-lens/runs/a', record, status: 'finished', ...changes };
}
function cellsOf(summary: RunSummary, of: RunDigest | 'none' = digest) {
  const columns = new RunColumns('EUR');
  const row = rowOf({ summary, digest: of === 'none' ? undefined : of }, columns, surroundings);
  return Object.fromEntries(columns.all.map(({ id }, place) => [id, row.cells[place] ?? null]));
}

describe('the row of a run', () => {
  it('has parameters, origin, last and best of every metric', () => {
    const cells = cellsOf(summaryOf());
    assert.equal(cells['param:lr'], 0.1);
    assert.equal(cells['param:net'], 'mlp');
    assert.equal(cells['param:deep'], true);
    assert.equal(cells['last:train/loss'], 'NaN', 'which is not the same as nothing');
    assert.equal(cells['best:train/loss'], 0.25);
    assert.equal(cells['best:test/acc'], 0.9);
    assert.equal(cells['last:test/acc'], 0.8);
    assert.deepEqual([cells.seed, cells.commit, cells.dirty, cells.backend], [7, '01234567', true, 'wasm']);
    assert.equal(cells.folder, 'w');
    assert.equal(cells.started, Date.parse('2026-01-02T03:04:05.000Z'));
  });

  it('has its compute as a statement of this run has it', () => {
    const cells = cellsOf(summaryOf());
    assert.deepEqual([cells.seconds, cells.flops, cells.evaluationFlops, cells.steps], [60, 1000, 70, 100]);
    assert.equal(cells.joules, 3.6e6);
    assert.equal(cells.provenance, 'estimated', 'as soon as one part is');
    // A kilowatt-hour, at 400 g and half a euro.
    assert.ok(Math.abs(Number(cells.gramsCO2e) - 400) < 1e-9);
    assert.ok(Math.abs(Number(cells.cost) - 0.5) < 1e-12);
  });

  it('says what the record alone knows until its events were read', () => {
    const record = recordOf({
      result: { step: 5, epoch: 0, loss: 0.3, evaluation: { acc: 0.7 }, seconds: 2, flops: 11 },
    });
    const cells = cellsOf(summaryOf({ record }), 'none');
    assert.deepEqual(
      [cells['last:train/loss'], cells['last:test/acc'], cells.flops, cells.steps],
      [0.3, 0.7, 11, 5],
    );
    assert.equal(cells['best:test/acc'], undefined, 'nobody knows it yet');
    assert.equal(cells.joules, null);
  });

  it('has what the user said, and shows a run that cannot be read', () => {
    const about = { name: 'the good one', tags: ['paper', 'b'], notes: 'n', archived: true };
    const cells = cellsOf(summaryOf({ about }));
    assert.deepEqual(
      [cells.name, cells.tags, cells.notes, cells.archived],
      ['the good one', 'paper, b', 'n', true],
    );
    const broken = cellsOf({
      id: 'x',
      directory: '/w/.compute-lens/runs/x',
      problem: 'run.json is not JSON',
    });
    assert.equal(broken.name, 'x');
    assert.equal(broken.status, 'cannot be read: run.json is not JSON');
  });

  it('puts the same column at the same place in every row, whatever came first', () => {
    const columns = new RunColumns('EUR');
    rowOf({ summary: summaryOf(), digest }, columns, surroundings);
    const before = columns.all.map(({ id }) => id);
    const record = recordOf({ params: { depth: 3, lr: 0.2 } });
    const row = rowOf({ summary: summaryOf({ record }), digest }, columns, surroundings);
    assert.deepEqual(
      columns.all.map(({ id }) => id),
      [...before, 'param:depth'],
    );
    assert.equal(row.cells[before.indexOf('param:lr')], 0.2);
  });
});

describe('an export of runs', () => {
  const columns = new RunColumns('EUR');
  const rows = [
    rowOf({ summary: summaryOf({ about: { name: 'a "quoted", | name' } }), digest }, columns, surroundings),
    rowOf(
      { summary: summaryOf({ about: { name: '=1+1', notes: 'two\nlines' } }), digest },
      columns,
      surroundings,
    ),
  ];
  const ids = [
    'name',
    'param:lr',
    'best:test/acc',
    'last:train/loss',
    'seconds',
    'flops',
    'joules',
    'started',
    'no such',
  ];

  it('is CSV with units in its names, exact numbers, and no formulas', () => {
    const [head, first, second, end] = exportRuns(rows, columns.all, ids, 'csv').split('\r\n');
    assert.equal(
      head,
      'name,param_lr,test_acc_best,train_loss_last,time_seconds_measured,training_flops_counted,energy_joules,started',
    );
    assert.equal(first, '"a ""quoted"", | name",0.1,0.9,NaN,60,1000,3600000,2026-01-02T03:04:05.000Z');
    assert.match(second ?? '', /^'=1\+1,/);
    assert.equal(end, '');
  });

  it('is JSON of the same', () => {
    const [first] = JSON.parse(exportRuns(rows, columns.all, ids, 'json')) as Record<string, Cell>[];
    assert.equal(first?.time_seconds_measured, 60);
    assert.equal(first.train_loss_last, 'NaN');
    assert.equal(first.name, 'a "quoted", | name');
  });

  it('is Markdown for people', () => {
    const lines = exportRuns(rows, columns.all, [...ids, 'notes'], 'markdown')
      .trim()
      .split('\n');
    assert.equal(lines.length, 4);
    assert.ok(lines[2]?.includes('a "quoted", \\| name'));
    assert.ok(lines[2]?.includes('1 min 0 s') && lines[2].includes('3.6 MJ'));
    assert.ok(lines[3]?.includes('two lines'));
  });
});

describe('a figure of the table', () => {
  it('is read with its unit', () => {
    assert.equal(formatFigure('joules', 1234), '1.23 kJ');
    assert.equal(formatFigure('joules', 0), '0 J');
    assert.equal(formatFigure('grams', 0.0042), '4.2 mg');
    assert.equal(formatFigure('grams', 1e-9), '0.001 µg');
    assert.equal(formatFigure('joules', 999_999), '1 MJ');
    assert.equal(formatFigure('fraction', 0.985), '98.5 %');
    assert.equal(formatFigure('number', 1e-4), '0.0001');
    assert.equal(formatFigure('metric', 'NaN'), 'NaN');
    assert.equal(formatFigure('flag', false), 'no');
    assert.equal(formatFigure('metric', null), '');
    assert.equal(formatFigure('date', new Date(2026, 0, 2, 3, 4).getTime()), '2026-01-02 03:04');
  });
});

describe('what the runs table is sent', () => {
  const sent: ToRunsTable[] = [];
  let reading = 0;
  let made = 0;
  const row = (key: string): RunRow => ({ key, cells: [key, 1, null], live: false });
  const feed = () =>
    new RunsTableFeed(
      {
        row: (key) => {
          made++;
          return key.startsWith('gone') ? undefined : row(key);
        },
        columns: () => new RunColumns('EUR').all.slice(0, 3),
        reading: () => reading,
      },
      (message) => sent.push(message),
    );
  const last = () => {
    const message = sent.at(-1);
    assert.ok(message?.type === 'rows' && parseMessage(toRunsTableSchema, message));
    return message;
  };
  beforeEach(() => {
    sent.length = made = reading = 0;
  });

  it('is a screen at first, and more only as it was drawn', () => {
    const told = feed();
    told.begin(
      { search: 'x' },
      Array.from({ length: 1000 }, (_, i) => `r${i}`),
    );
    assert.deepEqual(sent[0], { type: 'begin', layout: { search: 'x' } });
    assert.equal(last().rows.length, 60);
    assert.equal(made, 60, 'nothing is made before it is sent');
    assert.equal(last().columns.length, 3);
    assert.equal(last().left, 940);
    for (let messages = sent.length; last().left > 0; messages++) {
      assert.equal(sent.length, messages);
      told.acknowledge(last().id);
      assert.equal(last().columns.length, 0, 'columns are told once');
    }
    const keys = sent.flatMap((message) =>
      message.type === 'rows' ? message.rows.map(({ key }) => key) : [],
    );
    assert.deepEqual(
      keys,
      Array.from({ length: 1000 }, (_, i) => `r${i}`),
    );
    const { length } = sent;
    told.acknowledge(last().id);
    assert.equal(sent.length, length, 'nothing is news');
  });

  it('is the newest of what changed while the page was drawing', () => {
    const told = feed();
    told.begin({}, ['a', 'b']);
    told.changed(['a', 'a', 'gone']);
    told.removed('b');
    assert.equal(sent.length, 2);
    told.acknowledge(last().id);
    assert.deepEqual([last().rows.map(({ key }) => key), last().gone], [['a'], ['b']]);
    told.acknowledge(12345);
    told.changed(['b']);
    assert.equal(sent.length, 3, 'a wrong acknowledgement is none');
  });

  it('is every run once before those that have changed meanwhile, which are none of those to come', () => {
    const told = feed();
    told.begin(
      {},
      Array.from({ length: 400 }, (_, i) => `r${i}`),
    );
    told.changed(['r0', 'r399']);
    told.acknowledge(last().id);
    assert.deepEqual([last().rows[0]?.key, last().rows.length, last().left], ['r60', 250, 90]);
    told.acknowledge(last().id);
    assert.deepEqual([last().rows.at(-1)?.key, last().rows.length, last().left], ['r0', 91, 0]);
  });

  it('is nothing while nobody looks, an empty list too, and the end of reading', () => {
    const told = feed();
    told.changed(['a']);
    assert.equal(sent.length, 0);
    reading = 2;
    told.begin({}, []);
    assert.deepEqual([last().rows, last().left, last().reading], [[], 0, 2]);
    told.acknowledge(last().id);
    reading = 0;
    told.changed(['a']);
    assert.equal(last().reading, 0);
    told.pause();
    told.changed(['b']);
    assert.deepEqual(
      last().rows.map(({ key }) => key),
      ['a'],
    );
  });
});
