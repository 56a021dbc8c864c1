/** Something that a trace does not do, asked for by the code that is traced. The message is for its author. */
export class Contained extends Error {
  override readonly name = 'Contained';
}

/** The first training step of a script is over, and so is the trace: nothing of the script is wrong. */
export class StepReached extends Error {
  override readonly name = 'StepReached';

  constructor() {
    super('The trace ends with the first training step.');
  }

  /** Whether this was thrown; a proxy that code throws may forbid to ask. */
  static is(error: unknown): boolean {
    try {
      return error instanceof StepReached;
    } catch {
      return false;
    }
  }
}
