import { filled, valuesOf } from './heap';
import { poolOf, type Pool, type PoolAttrs, type PoolAxis } from './pool';
import { replaceKernel, type Call, type Tensor, type Tf } from './register';

/** For one window: where in the input each of its real positions is, of the first channel. */
type Window = readonly number[];

/**
 * The gradient of an average over what of a window is inside the image; the stock kernels divide by the whole window.
 * And averages of volumes, whose stock kernels shift a window that is smaller than its stride.
 */
export function registerAveragePools(tf: Tf, backend: string): void {
  for (const kernel of ['AvgPoolGrad', 'AvgPool3DGrad'])
    replaceKernel<PoolAttrs>(tf, backend, kernel, (call) => {
      const pool = poolOf(tf, call);
      return gradient(call, pool, (window, channel, share, add) => {
        for (const at of window) add(at + channel, share / window.length);
      });
    });
  replaceKernel<PoolAttrs>(tf, backend, 'AvgPool3D', (call) =>
    pooled(tf, call, (window, channel, x) => {
      let sum = 0;
      for (const at of window) sum += x[at + channel] as number;
      return window.length > 0 ? sum / window.length : 0;
    }),
  );
}

type Summary = (window: Window, channel: number, x: Float32Array | Int32Array) => number;

/** One number for each window. */
function pooled(tf: Tf, call: Call<PoolAttrs>, summary: Summary) {
  const input = call.inputs.x as Tensor;
  const pool = poolOf(tf, { ...call, inputs: { input } });
  const shape = [pool.batch, ...pool.axes.map(({ positions }) => positions), pool.channels];
  return filled(call.backend, shape, (y) => {
    const x = valuesOf(call.backend, input);
    let next = 0;
    for (const window of windows(pool))
      for (let channel = 0; channel < pool.channels; channel++) y[next++] = summary(window, channel, x);
  });
}

/** Maxima, and their gradients, of the first highest number of a window. */
export function registerMaxPools(tf: Tf, backend: string): void {
  for (const kernel of ['MaxPoolGrad', 'MaxPool3DGrad'])
    replaceKernel<PoolAttrs>(tf, backend, kernel, (call) =>
      gradient(call, poolOf(tf, call), (window, channel, share, add, x) => {
        const found = highest(window, channel, x);
        if (found >= 0) add(found, share);
      }),
    );
  replaceKernel<PoolAttrs>(tf, backend, 'MaxPool3D', (call) =>
    pooled(tf, call, (window, channel, x) => x[highest(window, channel, x)] ?? -Infinity),
  );
}

/** Where the first highest value of a window is; -1 for an empty one. */
function highest(window: Window, channel: number, x: Float32Array | Int32Array): number {
  let most = -Infinity;
  let found = -1;
  for (const at of window) {
    const value = x[at + channel] as number;
    if (value > most) {
      most = value;
      found = at + channel;
    }
  }
  return found;
}

type Spread = (
  window: Window,
  channel: number,
  share: number,
  add: (at: number, share: number) => void,
  x: Float32Array | Int32Array,
) => void;

/** Hands the gradient of each window to the positions that it is due. */
function gradient({ inputs, backend }: Call<PoolAttrs>, pool: Pool, spread: Spread) {
  const { dy, input } = inputs as { dy: Tensor; input: Tensor };
  return filled(backend, input.shape, (dx) => {
    const x = valuesOf(backend, input);
    const gradients = valuesOf(backend, dy);
    const add = (at: number, share: number) => {
      dx[at] = (dx[at] as number) + share;
    };
    let next = 0;
    for (const window of windows(pool))
      for (let channel = 0; channel < pool.channels; channel++)
        spread(window, channel, gradients[next++] as number, add, x);
  });
}

/** All windows in the order of the output. */
function* windows({ batch, channels, axes }: Pool): Iterable<Window> {
  const [planes, rows, columns] = axes;
  const reach = ({ stride, before, window, length }: PoolAxis, position: number): [number, number] => {
    const from = position * stride - before;
    return [Math.max(0, from), Math.min(length, from + window)];
  };
  const window: number[] = [];
  for (let n = 0; n < batch; n++)
    for (let p = 0; p < planes.positions; p++)
      for (let r = 0; r < rows.positions; r++)
        for (let c = 0; c < columns.positions; c++) {
          const [planeFrom, planeTo] = reach(planes, p);
          const [rowFrom, rowTo] = reach(rows, r);
          const [columnFrom, columnTo] = reach(columns, c);
          window.length = 0;
          for (let i = planeFrom; i < planeTo; i++)
            for (let j = rowFrom; j < rowTo; j++)
              for (let k = columnFrom; k < columnTo; k++)
                window.push((((n * planes.length + i) * rows.length + j) * columns.length + k) * channels);
          yield window;
        }
}
