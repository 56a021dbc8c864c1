import { arrangedProduct, sizesOf, type Factor, type MatrixProduct } from '../einsum';
import { asTensor } from './fused';
import { product } from './items';
import { addressesOf, nativeOf, output } from './native';
import { stepsOf } from './walk';

/** Multiplications that are worth a call of their own, rather than copies after which one call does all. */
const worthACall = 1000;

/** Axes over which one goes in equal steps, counted in items of either operand that has them. */
interface Run {
  readonly size: number;
  readonly steps: readonly [a: number, b: number];
}

/** A product of matrices that stay where they are, however their axes lie, as long as each goes in equal steps. */
export const stridedProduct: MatrixProduct = (tf, a, b, axes) => {
  const rows = one(runs(axes.rows, a));
  const columns = one(runs(axes.columns, b));
  const inner = one(runs(axes.inner, a, b));
  const { count, begins } = batches(runs(axes.batch, a, b));
  if (!rows || !columns || !inner) return arrangedProduct(tf, a, b, axes);
  const work = count.size * rows.size * columns.size * inner.size;
  if (begins.length > 1 && work < worthACall) return arrangedProduct(tf, a, b, axes);
  const backend: unknown = tf.backend();
  const native = nativeOf(backend);
  const sizes = [...sizesOf(a, [...axes.batch, ...axes.rows]), ...sizesOf(b, axes.columns)];
  const made = output(backend, sizes);
  const [ofA, ofB, to] = addressesOf(backend, a.tensor, b.tensor, made);
  const matrix = rows.size * columns.size;
  for (const [i, begin] of begins.entries())
    native.share(
      ...(['gemm', work, count.size, rows.size, columns.size, inner.size] as const),
      ...[ofA + 4 * begin[0], count.steps[0], rows.steps[0], inner.steps[0]],
      ...[ofB + 4 * begin[1], count.steps[1], inner.steps[1], columns.steps[0]],
      ...[to + 4 * i * count.size * matrix, matrix],
      ...[0, 0, native.scratch],
    );
  return { tensor: asTensor(tf, made), term: [...axes.batch, ...axes.rows, ...axes.columns].join('') };
};

/** Axes in an order, those as one that all factors (one or two) go through in equal steps. */
function runs(names: readonly string[], a: Factor, b: Factor = a): Run[] {
  const sizes = sizesOf(a, names);
  const joined: Run[] = [];
  for (const [i, name] of names.entries()) {
    const size = sizes[i] ?? 1;
    if (size === 1) continue;
    const step = ({ tensor, term }: Factor) => stepsOf(tensor.shape)[term.indexOf(name)] ?? 0;
    const steps = [step(a), step(b)] as const;
    const before = joined.at(-1);
    if (before?.steps[0] === size * steps[0] && before.steps[1] === size * steps[1])
      joined.splice(-1, 1, { size: before.size * size, steps });
    else joined.push({ size, steps });
  }
  return joined;
}

const nothing: Run = { size: 1, steps: [0, 0] };

function one(all: readonly Run[]): Run | undefined {
  return all.length > 1 ? undefined : (all[0] ?? nothing);
}

/** The last run is what one call does; where each call begins in either operand. */
function batches(all: readonly Run[]): { count: Run; begins: readonly (readonly [number, number])[] } {
  const outer = all.slice(0, -1);
  const calls = product(outer.map(({ size }) => size));
  const begins = Array.from({ length: calls }, (_, call): [number, number] => {
    let [rest, a, b] = [call, 0, 0];
    for (const { size, steps } of [...outer].reverse()) {
      a += (rest % size) * steps[0];
      b += (rest % size) * steps[1];
      rest = Math.floor(rest / size);
    }
    return [a, b];
  });
  return { count: all.at(-1) ?? nothing, begins };
}
