import * as assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { csv, type CsvOptions } from '../../../src/data/csv';
import { Random } from '../../../src/data/random';
import { DataError } from '../../../src/data/types';
import { rejectsWith } from './rejectsWith';
import { temporaryFolder } from './temporaryFolder';

const folder = temporaryFolder();
const load = (content: string | Buffer, options: CsvOptions, name = 'table.csv') => {
  writeFileSync(path.join(folder(), name), content);
  return csv(name, options).load({ directory: folder() });
};
const iris = `sepal,petal,species
5.1,1.4,setosa
7.0,4.7,versicolor
6.3,6.0,virginica
4.9,1.4,setosa
`;

describe('csv', () => {
  it('reads features as numbers and the target as sorted classes', async () => {
    const data = await load(iris, { target: 'species', testFraction: 0 });
    assert.deepEqual([data.inputShape, data.outputShape, data.test], [[2], [3], undefined]);
    assert.deepEqual(
      [data.features, data.classes],
      [
        ['sepal', 'petal'],
        ['setosa', 'versicolor', 'virginica'],
      ],
    );
    const { xs, ys } = data.train.batch([2, 1]);
    assert.deepEqual(xs, { data: Float32Array.of(6.3, 6, 7, 4.7), shape: [2, 2] });
    assert.deepEqual(ys, { data: Float32Array.of(0, 0, 1, 0, 1, 0), shape: [2, 3] });
    assert.equal(data.description, 'table.csv, 4 train, 2 features, 3 classes');
  });

  it('takes chosen features, class order, index labels, columns by number, no header, tabs', async () => {
    const data = await load(
      '1\t9\tb\n2\t8\ta\n',
      {
        target: 3,
        features: [2],
        header: false,
        classes: ['b', 'a', 'never'],
        labels: 'index',
        testFraction: 0,
      },
      'table.tsv',
    );
    const { xs, ys } = data.train.batch([0, 1]);
    assert.deepEqual([[...xs.data], ys.data, data.outputShape], [[9, 8], Int32Array.of(0, 1), []]);
    assert.deepEqual(data.features, ['column 2']);
  });

  it('takes a numeric target as a regression, and asks where it could be classes', async () => {
    const data = await load('x,y\n1,0.5\n2,-3e2\n3,4\n', { target: 'y', testFraction: 0 });
    assert.deepEqual([...data.train.batch([0, 1, 2]).ys.data], [0.5, -300, 4]);
    assert.deepEqual([data.outputShape, data.classes], [[1], undefined]);
    const digits = 'x,y\n1,10\n2,9\n3,10\n';
    await rejectsWith(
      load(digits, { target: 'y' }),
      /target y has 2 different whole numbers/,
      /set regression/,
    );
    const classes = await load(digits, { target: 'y', regression: false, testFraction: 0 });
    assert.deepEqual(classes.classes, ['9', '10']);
    const quantity = await load(digits, { target: 'y', regression: true, testFraction: 0 });
    assert.deepEqual(quantity.outputShape, [1]);
    await rejectsWith(
      load('x,y\n1,2\n2,many\n', { target: 'y', regression: true }),
      /line 3, column 2 \(y\): 'many' is not a number/,
    );
  });

  it('splits by the seed, the same whatever the run', async () => {
    const rows = Array.from({ length: 100 }, (_, i) => `${i},${i % 2 ? 'odd' : 'even'}`).join('\n');
    const content = `x,parity\n${rows}\n`;
    const data = await load(content, { target: 'parity' });
    assert.deepEqual([data.train.size, data.test?.size], [80, 20]);
    const train = [...data.train.batch([...Array(80).keys()]).xs.data];
    const test = data.test!.batch([...Array(20).keys()]);
    assert.deepEqual(
      [...train, ...test.xs.data].sort((a, b) => a - b),
      [...Array(100).keys()],
    );
    test.xs.data.forEach((x, i) => assert.equal(test.ys.data[2 * i + (x % 2)], 1));
    const other = await load(content, { target: 'parity', seed: 1 });
    assert.notDeepEqual(other.test?.batch([...Array(20).keys()]).xs, test.xs);
  });

  it('standardises by the training examples alone, in double precision', async () => {
    const random = Random.from(2);
    const rows = Array.from({ length: 50 }, () => `${1.7e9 + random.normal()},5,${random.next()}`);
    const data = await load(`time,constant,y\n${rows.join('\n')}\n`, { target: 'y', standardise: true });
    const { xs } = data.train.batch([...Array(40).keys()]);
    const times = [...xs.data].filter((_, i) => i % 2 === 0);
    const mean = times.reduce((a, b) => a + b, 0) / 40;
    const variance = times.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 40;
    assert.ok(Math.abs(mean) < 1e-5 && Math.abs(variance - 1) < 1e-5, `${mean} ${variance}`);
    assert.ok([...xs.data].every((x, i) => i % 2 === 0 || x === 0));
    assert.ok(new Set(times).size > 35, 'the spread of large values survived');
    assert.equal(data.standardised?.deviation[1], 1);
  });

  it('reads quoting, line breaks in fields, CRLF and a byte order mark as RFC 4180 and editors write them', async () => {
    const data = await load('\ufeff"a ""b""",c\r\n"1","x,y\r\nz"\r\n\r\n 2 ,w\r\n', {
      target: 'c',
      testFraction: 0,
    });
    assert.deepEqual([data.features, data.classes], [['a "b"'], ['w', 'x,y\r\nz']]);
    await rejectsWith(
      load('a,c\r\n1,"x\r\ny"\r\nbad,z\r\n', { target: 'c' }),
      /line 4, column 1 \(a\): 'bad' is not a number/,
    );
  });

  it('names line, column and text of what is not a number', async () => {
    await rejectsWith(
      load(iris.replace('6.0', 'six'), { target: 'species' }),
      /table\.csv: line 4, column 2 \(petal\): 'six' is not a number/,
      /list the features/,
    );
    for (const text of ['0x10', '1 2', '1,5'.replace(',', '_'), 'Infinity', '1e999', '--1', '1.2.3', '.'])
      await rejectsWith(load(`x,y\n${text},a\n`, { target: 'y' }), /line 2, column 1 \(x\)/, /not a/);
    for (const [text, value] of [
      ['+.5', 0.5],
      ['5.', 5],
      ['-1E-2', -0.01],
    ] as const) {
      const data = await load(`x,y\n${text},a\n1,b\n`, { target: 'y', testFraction: 0 });
      assert.equal(data.train.batch([0]).xs.data[0], Math.fround(value));
    }
  });

  it('names missing values in features and target', async () => {
    for (const text of ['', 'NA', 'nan', 'NULL', '?', 'n/a'])
      await rejectsWith(
        load(`x,y\n1,a\n${text},b\n`, { target: 'y' }),
        /line 3, column 1 \(x\): missing value/,
        text === '' ? /the field is empty/ : /stands for a missing value/,
      );
    await rejectsWith(
      load('x,y\n1,\n', { target: 'y' }),
      /line 2, column 2 \(y\): missing value: the field is empty/,
    );
  });

  it('names rows of another width', async () => {
    await rejectsWith(load('x,y\n1,a\n2,b,c\n', { target: 'y' }), /line 3 has 3 fields; expected 2/);
    await rejectsWith(load('x,y\n1\n', { target: 'y' }), /line 2 has 1 fields; expected 2/);
  });

  it('names columns that are not there, ambiguous or without a name', async () => {
    await rejectsWith(
      load(iris, { target: 'kind' }),
      /no column 'kind' \(target\); line 1 has 3: sepal, petal, species/,
    );
    await rejectsWith(load(iris, { target: 4 }), /no column 4/);
    await rejectsWith(
      load(iris, { target: 'species', features: ['width'] }),
      /no column 'width' \(feature\)/,
    );
    await rejectsWith(
      load(iris, { target: 'species', features: ['species'] }),
      /also listed among the features/,
    );
    await rejectsWith(
      load(iris.replaceAll(',', ';'), { target: 'species' }),
      /Is the delimiter ';'\? Set delimiter/,
    );
    await rejectsWith(
      load('x,x\n1,2\n', { target: 'x' }),
      /two columns are called 'x' \(line 1, columns 1 and 2\)/,
    );
    await rejectsWith(load(',x,y\n0,1,a\n', { target: 'y' }), /column 1 has no name/, /list the features/);
    await rejectsWith(load('y\na\n', { target: 'y' }), /no features/);
  });

  it('names classes that cannot be', async () => {
    await rejectsWith(
      load(iris, { target: 'species', classes: ['setosa', 'virginica'] }),
      /line 3, column 3 \(species\): 'versicolor' is not among the classes setosa, virginica/,
    );
    await rejectsWith(load('x,y\n1,a\n2,a\n', { target: 'y' }), /only the class 'a'/);
    const names = Array.from({ length: 30 }, (_, i) => `1,name${i}`).join('\n');
    await rejectsWith(load(`x,y\n${names}\n`, { target: 'y' }), /every row has a different y/);
  });

  it('names files that are no tables', async () => {
    await rejectsWith(load('', { target: 'y' }), /the file is empty/);
    await rejectsWith(load('x,y\n', { target: 'y' }), /no rows below the header/);
    await rejectsWith(load('x,y\n1,"abc\n2,d\n', { target: 'y' }), /ends inside a quoted field/);
    await rejectsWith(load('x,y\n1,"a"b\n', { target: 'y' }), /line 2: a stray "/);
    await rejectsWith(
      csv('none.csv', { target: 'y' }).load({ directory: folder() }),
      /no such file \(ENOENT\)/,
    );
    await rejectsWith(csv('.', { target: 'y' }).load({ directory: folder() }), /it is a folder/);
    assert.throws(() => csv('x', { target: 'y', testFraction: 1 }), /testFraction/);
    assert.throws(() => csv('x', { target: 'y', classes: ['a'], regression: true }), /exclude each other/);
  });

  it('reads a file larger than any buffer', async () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => `${i},${i / 8},${i % 3 === 0 ? 'a' : 'b'}`);
    const data = await load(`i,x,c\n${rows.join('\n')}`, { target: 'c', testFraction: 0 });
    assert.deepEqual([...data.train.batch([59_999]).xs.data], [59_999, 59_999 / 8]);
  }).timeout(20_000);

  it('turns any garbage into a table or a DataError', async () => {
    const random = Random.from(6);
    const letters = ['"', ',', '\n', '\r', 'x', '1', ';', '\0', '\ufeff', ' ', 'é', '.'];
    for (let round = 0; round < 400; round++) {
      const content = Array.from({ length: random.int(40) }, () => letters[random.int(letters.length)]).join(
        '',
      );
      try {
        await load(content, { target: 1 });
      } catch (error) {
        assert.ok(error instanceof DataError, `${JSON.stringify(content)}: ${String(error)}`);
      }
    }
  }).timeout(20_000);
});
