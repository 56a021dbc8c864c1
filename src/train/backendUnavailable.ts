/** How far a backend comes on this machine. */
export type BackendState = 'notInstalled' | 'doesNotStart' | 'doesNotTrain' | 'trains';

/** A backend cannot be used on this machine; the message says why and what would help. */
export class BackendUnavailable extends Error {
  override readonly name = 'BackendUnavailable';

  constructor(
    message: string,
    readonly state: Exclude<BackendState, 'trains'> = 'doesNotStart',
  ) {
    super(message);
  }
}
