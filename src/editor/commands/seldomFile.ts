/** Loads what is called seldom when it is called first. */
export function seldom(): typeof import('./seldom') {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a file of its own, so that other windows do not read it
  return require('./seldom.js') as typeof import('./seldom');
}
