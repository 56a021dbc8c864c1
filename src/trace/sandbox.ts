import childProcess from 'node:child_process';
import dgram from 'node:dgram';
import dns from 'node:dns';
import fs from 'node:fs';
import inspector from 'node:inspector';
import module from 'node:module';
import net from 'node:net';
import os from 'node:os';
import { Writable } from 'node:stream';
import traceEvents from 'node:trace_events';
import tty from 'node:tty';
import v8 from 'node:v8';
import workerThreads from 'node:worker_threads';
import { Contained } from './contained';

type Anything = (...args: unknown[]) => unknown;

const programs = ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork'] as const;
const writes = [
  ...['appendFile', 'chmod', 'chown', 'copyFile', 'cp', 'link', 'lchown', 'lutimes', 'mkdir', 'rename', 'rm'],
  ...['rmdir', 'symlink', 'truncate', 'unlink', 'utimes', 'writeFile'],
  // By descriptor; older Nodes allow these for files that are open for reading.
  ...['fchmod', 'fchown', 'ftruncate', 'futimes'],
];
/** Standard streams, and the channel to the parent after them: what is written there would reach the editor. */
const lastOwnDescriptor = 3;

/**
 * Closes this process off for the code it traces: no programs, threads or connections, no end of the process, and
 * files are not written (a write is left out, and the trace goes on). Node's permission model, under which tracers
 * run, refuses the first and the last once more, below anything that JavaScript can reach around.
 *
 * @param leftOut told of what was left out
 */
export async function closeSandbox(leftOut: (what: string) => void): Promise<void> {
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
  replace(net, '_createServerHandle', refuse('Opening a port'));
  replace(inspector, 'open', refuse('Opening a port'));
  for (const name of ['bind', 'connect', 'send'])
    replace(dgram.Socket.prototype, name, refuse('Using the network'));
  for (const each of [dns, dns.promises])
    for (const object of [each, ...prototypesOf(each.Resolver)])
      for (const name of Object.getOwnPropertyNames(object).filter((key) =>
        /^(lookup|resolve|reverse)/.test(key),
      ))
        replace(object, name, refuse('Looking up an address'));
  replace(globalThis, 'fetch', () =>
    Promise.reject(new Contained("Fetching is not possible while a model's cost is traced")),
  );
  leaveWritesOut(leftOut);
  await closeHandles(leftOut);
  muteStreams();
  closeDescriptors(refuse);
  for (const name of ['setFlagsFromString', 'writeHeapSnapshot', 'setHeapSnapshotNearHeapLimit'])
    replace(v8, name, refuse(`v8.${name}()`));
  replace(process.report, 'writeReport', refuse('Writing a report'));
  replace(traceEvents, 'createTracing', refuse('Writing a trace'));
  for (const name of ['register', 'enableCompileCache']) replace(module, name, refuse(`module.${name}()`));
  replace(os, 'setPriority', refuse('os.setPriority()'));
  // Else imports by name would still be the originals.
  module.syncBuiltinESMExports();
}

function closeProcess(refuse: (what: string) => Anything): void {
  for (const name of ['exit', 'reallyExit', 'abort', 'kill', '_kill', '_debugProcess'])
    replace(process, name, refuse(`process.${name.replace('_', '')}()`));
  for (const name of ['binding', '_linkedBinding', 'dlopen'])
    replace(process, name, refuse('Loading native code'));
  Reflect.deleteProperty(process, 'send');
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

/** A file that is open for reading could else be given other times and permissions by its handle. */
async function closeHandles(leftOut: (what: string) => void): Promise<void> {
  const handle = await fs.promises.open(__filename);
  const prototype = Object.getPrototypeOf(handle) as object;
  await handle.close();
  for (const name of ['chmod', 'chown', 'truncate', 'utimes'])
    replace(prototype, name, () => {
      leftOut(`FileHandle.${name} is left out while a model's cost is traced`);
      return Promise.resolve();
    });
}

/** What is printed goes nowhere: in masses it would slow the editor down, which reads it. */
function muteStreams(): void {
  for (const name of ['stdout', 'stderr'])
    replace(process, name, new Writable({ write: (_chunk, _encoding, done) => done() }));
}

/** Keeps code off the descriptors that this process was started with. */
function closeDescriptors(refuse: (what: string) => Anything): void {
  const files = fs as unknown as Record<string, Anything>;
  for (const name of ['write', 'writeSync', 'writev', 'writevSync', 'close', 'closeSync']) {
    const original = files[name] as Anything;
    replace(fs, name, (fd: unknown, ...rest: unknown[]) => {
      if (typeof fd !== 'number' || fd > lastOwnDescriptor) return original(fd, ...rest);
      const done = rest.at(-1);
      if (typeof done === 'function') setImmediate(() => (done as Anything)(null, 0));
      return 0;
    });
  }
  const socketOf = (original: object) =>
    new Proxy(original, { construct: refuse('Opening a socket') as never });
  for (const name of ['Socket', 'Stream'] as const) replace(net, name, socketOf(net[name as 'Socket']));
  for (const name of ['ReadStream', 'WriteStream'] as const) replace(tty, name, socketOf(tty[name]));
}

function prototypesOf(made: { readonly prototype: object }): object[] {
  const { prototype } = made;
  const above = Object.getPrototypeOf(prototype) as object;
  return above === Object.prototype ? [prototype] : [prototype, above];
}

function replace(object: object, name: string, value: unknown): void {
  if (!(name in object)) return;
  Object.defineProperty(object, name, { value, writable: true, configurable: true, enumerable: true });
}
