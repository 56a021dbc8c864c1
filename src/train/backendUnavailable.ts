/** A backend cannot be used on this machine; the message says why and what would help. */
export class BackendUnavailable extends Error {
  override readonly name = 'BackendUnavailable';
}
