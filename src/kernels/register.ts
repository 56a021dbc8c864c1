import type * as tfjs from '@tensorflow/tfjs';

/** What kernels are made with: any TensorFlow.js that has ops. */
export type Tf = typeof tfjs;

export type Tensor = tfjs.Tensor;
type TensorInfo = tfjs.TensorInfo;

/** A call as the engine makes it. Inputs are tensors; those that a fused kernel goes without are absent. */
export interface Call<A> {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly attrs: A;
  readonly backend: tfjs.KernelBackend;
}

/** A kernel of our own; `stock` runs the one that it replaces, on other inputs if need be. */
export type OwnKernel<A> = (
  call: Call<A>,
  stock: (call: Call<A>) => TensorInfo | TensorInfo[],
) => TensorInfo | TensorInfo[];

/** Puts a kernel in the place of the stock one of a backend, or where there is none. */
export function replaceKernel<A>(tf: Tf, backendName: string, kernelName: string, own: OwnKernel<A>): void {
  const stock = tf.getKernel(kernelName, backendName) as tfjs.KernelConfig | undefined;
  const runStock = (call: Call<A>): TensorInfo | TensorInfo[] => {
    if (!stock) throw new Error(`The ${backendName} backend has no ${kernelName} of its own.`);
    return stock.kernelFunc(call as never);
  };
  if (stock) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({
    kernelName,
    backendName,
    ...(stock?.setupFunc && { setupFunc: stock.setupFunc }),
    ...(stock?.disposeFunc && { disposeFunc: stock.disposeFunc }),
    kernelFunc: (call) => own(call as unknown as Call<A>, runStock),
  });
}

/** A kernel made of the backend's own ops; what they make on the way is gone afterwards. */
export function composed<A>(tf: Tf, make: (call: Call<A>) => Tensor): OwnKernel<A> {
  return (call) => tf.tidy(() => make(call));
}
