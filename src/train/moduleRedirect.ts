import module from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { redirected, type Redirects } from './redirected';

type ResolveFilename = (request: string, parent: unknown, isMain?: boolean, options?: unknown) => string;

/**
 * From here on, every import of TensorFlow.js in this process, by the user's file or by any package, gets the one
 * instance in `dist/tf.js`, and `compute-lens` gets `dist/api.js`. Bare imports of the compiled user file resolve
 * as if from the user's own file.
 */
export function installRedirects(codeDirectory: string, userFile: string): void {
  const redirects: Redirects = {
    distUrl: `${pathToFileURL(__dirname).href}/`,
    codeUrl: `${pathToFileURL(codeDirectory).href}/`,
    userFileUrl: pathToFileURL(userFile).href,
  };
  const loader = module as unknown as { _resolveFilename: ResolveFilename };
  const original = loader._resolveFilename;
  loader._resolveFilename = function (request, ...rest) {
    const name = redirected(request);
    return name ? path.join(__dirname, name) : original.call(this, request, ...rest);
  };
  module.register('./moduleHooks.mjs', { parentURL: redirects.distUrl, data: redirects });
}
