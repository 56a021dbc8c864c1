import fs from 'node:fs';
import path from 'node:path';
import type { Context } from 'mocha';

/**
 * The node_modules with the real tfjs-node and tfjs-node-gpu that the ring prepares; skips the test where it could not
 * be had, which the ring has said.
 */
export function nativeModules(test: Context): string {
  const modules = process.env.TFJS_NODE_MODULES;
  if (modules === undefined) {
    console.log('      NOT RUN: there is no tfjs-node here (TFJS_NODE_MODULES names none)');
    return test.skip();
  }
  return path.resolve(modules);
}

/** The real libtensorflow that they run on: an unpacked wheel's folder `tensorflow`. */
export function wheelFolder(modules: string): string {
  const link = path.join(modules, '@tensorflow', 'tfjs-node', 'deps', 'lib', 'libtensorflow.so');
  return path.dirname(fs.realpathSync(link));
}

/** A node_modules in `folder` with a tfjs-node of its own, to be broken, and the rest of `modules`. */
export function ownTfjsNode(modules: string, folder: string): string {
  const target = path.join(folder, 'node_modules');
  fs.mkdirSync(path.join(target, '@tensorflow'), { recursive: true });
  const link = (name: string) => fs.symlinkSync(path.join(modules, name), path.join(target, name));
  for (const name of fs.readdirSync(modules)) if (name !== '@tensorflow') link(name);
  for (const name of fs.readdirSync(path.join(modules, '@tensorflow')))
    if (name !== 'tfjs-node') link(path.join('@tensorflow', name));
  const own = path.join(target, '@tensorflow', 'tfjs-node');
  fs.cpSync(path.join(modules, '@tensorflow', 'tfjs-node'), own, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (name) => !/[/\\]build(-tmp[^/\\]*)?$/.test(name),
  });
  return own;
}
