/** The GPU is gone, or failed at something: what was being computed is not to be used. The message says why. */
export class GpuFailure extends Error {
  /**
   * @param recover makes the GPU usable again, without what had been queued for it; absent where the GPU is gone, and
   *   with it all that it held
   */
  constructor(
    message: string,
    readonly recover?: () => void,
  ) {
    super(message);
  }
}
