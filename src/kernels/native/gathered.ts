let moment = 0;

/** To be called where weights are, or may have been, written in place. */
export function weightsMoved(): void {
  moment++;
}

/** Whether values that were copied from a weight are still its own. */
export class Gathered {
  private dataId: object | undefined;
  private at = 0;

  /** Whether they have to be copied anew; whoever asks does so. */
  isStale(dataId: object): boolean {
    const isStale = this.dataId !== dataId || this.at !== moment;
    this.dataId = dataId;
    this.at = moment;
    return isStale;
  }

  forget(): void {
    this.dataId = undefined;
  }
}
