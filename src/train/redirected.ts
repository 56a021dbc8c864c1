/** What the loader hooks need to know; plain, since it crosses to the loader's thread. */
export interface Redirects {
  /** Folder of the product's bundled files, as a file URL with a trailing slash. */
  readonly distUrl: string;
  /** Folder whose files are compiled user code... */
  readonly codeUrl: string;
  /** ...and the user's own file, from which its imports are resolved. */
  readonly userFileUrl: string;
}

const tensorflow = /^@tensorflow\/tfjs(-core|-layers|-converter|-backend-[a-z]+|-node|-node-gpu)?(\/.*)?$/;

/** File name in `dist/` that stands for `specifier`, or undefined where it is none of ours. */
export function redirected(specifier: string): string | undefined {
  if (tensorflow.test(specifier)) return 'tf.js';
  if (specifier === '@tensorflow/tfjs-data') return 'tfData.js';
  if (specifier === 'compute-lens') return 'api.js';
  return undefined;
}
