import assert from 'node:assert/strict';
import { Random } from '../../../src/data/random';
import { fitWeights } from '../../../src/math/leastSquares';
import {
  chooseFormat,
  getSparseProfile,
  nanoseconds,
  setSparseProfile,
  sparseFormats,
  sparseWork,
  type SparseCosts,
  type SparseProfile,
  type SparseShape,
} from '../../../src/kernels/native/sparseCost';

describe('the cost of sparse products', () => {
  const random = Random.from(11, 'costs');
  afterEach(() => setSparseProfile(undefined));

  const shape = (): SparseShape => {
    const channels = random.int(40) + 1;
    const lines = random.int(5) + 1;
    const isWindow = random.next() < 0.5;
    const inputs = isWindow ? lines * lines * channels : random.int(900) + 1;
    const outputs = random.int(300) + 1;
    return {
      ...{ rows: 2 ** random.int(14), inputs, outputs },
      active: Math.floor(random.next() ** 2 * inputs * outputs),
      blocks: !isWindow && random.next() < 0.3,
      window: isWindow ? { lines, channels, isPlain: random.next() < 0.7 } : undefined,
    };
  };
  const anyProfile = (): SparseProfile => {
    const costs = (): SparseCosts => {
      const [product, weight, input, output, line] = Array.from({ length: 5 }, () => random.next() ** 3);
      return { product, weight, input, output, line, together: 1 + random.next() } as SparseCosts;
    };
    const kind = () => ({
      forward: { dense: costs(), lists: costs(), blocks: costs() },
      inputGradient: { dense: costs(), lists: costs() },
      weightGradient: { dense: costs(), lists: costs(), blocks: costs() },
    });
    return { matrix: kind(), window: kind() };
  };

  it('is never that of a way which the profile says is slower than the dense one', () => {
    const chosen = new Set<string>();
    for (let i = 0; i < 4000; i++) {
      if (i % 2 === 0) setSparseProfile(i % 4 === 0 ? undefined : anyProfile());
      const [work, given] = [sparseWork[i % 3] ?? 'forward', shape()];
      const format = chooseFormat(work, given);
      chosen.add(format);
      const takes = (each: typeof format) => nanoseconds(work, each, given);
      const said = `${work} ${JSON.stringify(given)}: ${format}`;
      assert.ok(takes(format) <= takes('dense'), said);
      // Nor is one chosen over a better one, or where there is no such kernel.
      const possible =
        given.blocks && work !== 'inputGradient' ? sparseFormats : (['dense', 'lists'] as const);
      assert.ok(
        possible.some((each) => each === format),
        said,
      );
      if (format !== 'dense')
        for (const other of possible) if (other !== 'dense') assert.ok(takes(format) <= takes(other), said);
    }
    assert.deepEqual([...chosen].sort(), ['blocks', 'dense', 'lists']);
  });

  it('is that of a dense product where nothing is to be skipped, and of a sparse one where nearly all is', () => {
    for (const rows of [1, 2, 4, 8, 32, 128, 512])
      for (const work of sparseWork) {
        const wide = { rows, inputs: 784, outputs: 300, blocks: false };
        assert.equal(chooseFormat(work, { ...wide, active: 784 * 300 }), 'dense', `${work}, ${rows} rows`);
        assert.equal(chooseFormat(work, { ...wide, active: 784 * 3 }), 'lists', `${work}, ${rows} rows`);
        const window = { lines: 3, channels: 1, isPlain: true };
        const first = { rows: 784 * rows, inputs: 9, outputs: 8, blocks: false, window };
        // Looking through a window of nine pixels takes longer than multiplying what it sees.
        if (work !== 'inputGradient')
          assert.equal(chooseFormat(work, { ...first, active: 4 }), 'dense', work);
      }
  });

  it('falls with threads only where a product is shared out', () => {
    const usual = getSparseProfile();
    const together = (costs: SparseCosts) => ({ ...costs, together: 2 });
    const { forward } = usual.matrix;
    const twice = { ...forward, dense: together(forward.dense) };
    const large = { rows: 64, inputs: 100, outputs: 100, active: 500, blocks: false };
    const [alone, small] = [nanoseconds('forward', 'dense', large), nanoseconds('forward', 'lists', large)];
    setSparseProfile({ ...usual, matrix: { ...usual.matrix, forward: twice } });
    assert.equal(nanoseconds('forward', 'dense', large), alone / 2);
    assert.equal(nanoseconds('forward', 'lists', large), small);
  });

  it('is found from times by least squares of shares, with no cost below zero', () => {
    const rows = Array.from({ length: 12 }, () => [
      random.next() * 1e5,
      random.next() * 1e3,
      random.next(),
      1,
    ]);
    const known = [0.04, 1.5, 200, 3000];
    const sums = rows.map((row) => row.reduce((sum, each, i) => sum + each * (known[i] ?? 0), 0));
    for (const [i, found] of fitWeights(rows, sums).entries())
      assert.ok(Math.abs(found / (known[i] ?? 0) - 1) < 1e-3, `${i}: ${found}`);
    const falling = [
      [1, 1],
      [1, 2],
      [1, 3],
    ];
    const [level = 0, rise] = fitWeights(falling, [3, 2, 1]);
    assert.equal(rise, 0);
    // The least sum of squares of (level / sum - 1).
    assert.ok(Math.abs(level - (1 / 3 + 1 / 2 + 1) / (1 / 9 + 1 / 4 + 1)) < 1e-9, String(level));
  });
});
