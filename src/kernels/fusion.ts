/** Looks at each kernel, and may know beforehand which ones an update of variables stands for. */
export interface UpdateObserver {
  /** Whether it knows what this update stands for, and has noted it: then it may be done as one kernel. */
  knows(optimizer: object, variables: string): boolean;
  /** The update is done kernel by kernel inside `run`, to be remembered. */
  learns(optimizer: object, variables: string, run: () => void): void;
  /** Runs what is no kernel of TensorFlow.js's: nobody is to note it. */
  unseen<T>(run: () => T): T;
}

let held = 0;
let observer: UpdateObserver | undefined;

/** Whether several of TensorFlow.js's kernels may be done as one. */
export function fusing(): boolean {
  return held === 0;
}

/** Who looks at kernels now, if it can do with less than all of them. */
export function updateObserver(): UpdateObserver | undefined {
  return observer;
}

/** Runs `work`, which nobody notes who looks at kernels. */
export function unseen<T>(work: () => T): T {
  return observer ? observer.unseen(work) : work();
}

/** Runs `work` kernel by kernel as TensorFlow.js would, for those who look at each; results are the same to the bit. */
export function unfused<T>(work: () => T, looking?: UpdateObserver): T {
  const before = observer;
  held++;
  observer = looking;
  try {
    return work();
  } finally {
    held--;
    observer = before;
  }
}
