let held = 0;

/** Whether several of TensorFlow.js's kernels may be done as one. */
export function fusing(): boolean {
  return held === 0;
}

/** Runs `work` kernel by kernel as TensorFlow.js would, for those who look at each; results are the same to the bit. */
export function unfused<T>(work: () => T): T {
  held++;
  try {
    return work();
  } finally {
    held--;
  }
}
