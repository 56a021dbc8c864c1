import childProcess from 'node:child_process';
import dgram from 'node:dgram';
import dns from 'node:dns';
import fs from 'node:fs';
import module from 'node:module';
import net from 'node:net';
import { Writable } from 'node:stream';
import workerThreads from 'node:worker_threads';
import { Contained } from './contained';

type Anything = (...args: unknown[]) => unknown;

const programs = ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'] as const;
const writes = [
  ...['appendFile', 'chmod', 'chown', 'copyFile', 'cp', 'link', 'lchown', 'lutimes', 'mkdir', 'rename', 'rm'],
  ...['rmdir', 'symlink', 'truncate', 'unlink', 'utimes', 'writeFile'],
];

/**
 * Closes this process off for the code it traces: no programs, threads or connections, no end of the process, and
 * files are not written (a write is left out, and the trace goes on). Node's permission model, under which tracers
 * run, refuses the first and the last once more, below anything that JavaScript can reach around.
 *
 * @param leftOut told of what was left out
 */
export function closeSandbox(leftOut: (what: string) => void): void {
  const refuse = (what: string): Anything => {
    return () => {
      throw new Contained(`${what} is not possible while a model's cost is traced`);
    };
  };
  closeProcess(refuse);
  for (const name of programs) replace(childProcess, name, refuse('Starting other programs'));
  replace(workerThreads, 'Worker', refuse('Starting threads'));
  replace(net.Socket.prototype, 'connect', refuse('Connecting to the network'));
  replace(net.Server.prototype, 'listen', refuse('Opening a port'));
  for (const name of ['bind', 'connect', 'send'])
    replace(dgram.Socket.prototype, name, refuse('Using the network'));
  for (const each of [dns, dns.promises])
    for (const name of Object.keys(each).filter((key) => /^(lookup|resolve|reverse)/.test(key)))
      replace(each, name, refuse('Looking up an address'));
  replace(globalThis, 'fetch', () =>
    Promise.reject(new Contained("Fetching is not possible while a model's cost is traced")),
  );
  leaveWritesOut(leftOut);
  // Else imports by name would still be the originals.
  module.syncBuiltinESMExports();
}

function closeProcess(refuse: (what: string) => Anything): void {
  for (const name of ['exit', 'reallyExit', 'abort', 'kill', '_kill'])
    replace(process, name, refuse(`process.${name.replace('_', '')}()`));
  for (const name of ['binding', '_linkedBinding', 'dlopen'])
    replace(process, name, refuse('Loading native code'));
  for (const name of ['send', 'disconnect']) Reflect.deleteProperty(process, name);
}

function leaveWritesOut(leftOut: (what: string) => void): void {
  const skip = (name: string) => leftOut(`fs.${name} is left out while a model's cost is traced`);
  for (const name of writes) {
    replace(fs, name, (...args: unknown[]) => {
      skip(name);
      const done = args.at(-1);
      if (typeof done === 'function') setImmediate(() => (done as Anything)(null));
    });
    replace(fs, `${name}Sync`, () => skip(`${name}Sync`));
    replace(fs.promises, name, () => {
      skip(name);
      return Promise.resolve();
    });
  }
  replace(fs, 'createWriteStream', () => {
    skip('createWriteStream');
    return new Writable({ write: (_chunk, _encoding, done) => done() });
  });
}

function replace(object: object, name: string, value: unknown): void {
  if (!(name in object)) return;
  Object.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: true });
}
