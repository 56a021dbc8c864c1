import type * as tfjs from '@tensorflow/tfjs';
import { poolOf, type Pool, type PoolAttrs } from '../pool';
import { replaceKernel, type Call, type Tensor, type Tf } from '../register';
import { product } from './items';
import { addressesOf, nativeOf, output } from './native';

/** Pools of images and volumes and their gradients, in the order of assembly/pool.ts. */
export function registerPools(tf: Tf, backend: string): void {
  for (const [op, kind] of ['Max', 'Avg'].entries())
    for (const space of ['', '3D']) {
      replaceKernel<PoolAttrs>(tf, backend, `${kind}Pool${space}`, (call, stock) =>
        call.inputs.x?.dtype === 'float32' ? pool(tf, op, call) : stock(call),
      );
      replaceKernel<PoolAttrs>(tf, backend, `${kind}Pool${space}Grad`, (call) => gradient(tf, op, call));
    }
}

function pool(tf: Tf, op: number, call: Call<PoolAttrs>): tfjs.TensorInfo {
  const { inputs, backend } = call;
  const x = inputs.x as Tensor;
  const of = poolOf(tf, { ...call, inputs: { input: x } });
  const positions = of.axes.map((axis) => axis.positions).slice(x.rank === 5 ? 0 : 1);
  const made = output(backend, [of.batch, ...positions, of.channels]);
  nativeOf(backend).share(
    ...(['pool', operations(of), op, ...sizes(of)] as const),
    ...addressesOf(backend, x, made),
  );
  return made;
}

function gradient(tf: Tf, op: number, call: Call<PoolAttrs>): tfjs.TensorInfo {
  const { dy, input } = call.inputs as { dy: Tensor; input: Tensor };
  const of = poolOf(tf, call);
  const made = output(call.backend, input.shape);
  nativeOf(call.backend).share(
    ...(['poolGradient', 2 * operations(of), op, ...sizes(of)] as const),
    ...addressesOf(call.backend, input, dy, made),
  );
  return made;
}

function operations({ batch, channels, axes }: Pool): number {
  return batch * channels * product(axes.map(({ window, positions }) => window * positions));
}

function sizes({ batch, channels, axes }: Pool): number[] {
  const ofAxes = axes.flatMap((axis) => [
    ...[axis.length, axis.window, axis.stride, axis.before, axis.positions],
  ]);
  return [batch, channels, ...ofAxes];
}
