import type { NewEvent } from '../runs/event';
import { MaskWriter, type RecordedWeight } from '../runs/masks';
import type { MaskUpdate } from './sparseMasks';
import type { SparseReport } from './sparseReport';
import type { SparseTraining } from './sparseTraining';

/** Writes the masks of a sparse training into the folder of its run, and tells of each update. */
export class MaskRecorder {
  private readonly writer: MaskWriter;

  constructor(
    directory: string,
    attempt: number,
    private readonly sparse: SparseTraining,
    private readonly tell: (event: NewEvent) => void,
  ) {
    this.writer = new MaskWriter(directory, attempt);
  }

  /** The masks that the attempt begins with. */
  begin(weights: readonly RecordedWeight[], { step, masks }: MaskUpdate): void {
    this.writer.begin(step, weights, masks);
    this.say(step);
  }

  update({ step, masks }: MaskUpdate): void {
    this.writer.update(step, masks);
    this.say(step);
  }

  /** What kept masks from being written. */
  get failed(): Error | undefined {
    return this.writer.failed;
  }

  report(): SparseReport {
    return this.sparse.report();
  }

  close(): Promise<void> {
    return this.writer.close();
  }

  private say(step: number): void {
    const { weights, active, updates } = this.sparse;
    const told = weights.map(({ name, size }, i) => ({ name, active: active[i] ?? 0, size }));
    this.tell({ type: 'masks', step, weights: told, updates });
  }
}
