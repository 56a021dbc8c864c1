import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import module from 'node:module';
import path from 'node:path';
import timers from 'node:timers';
import util from 'node:util';
import vm from 'node:vm';

interface Remembered {
  readonly object: object;
  readonly name: string;
  readonly prototype: object | null;
  readonly keys: readonly PropertyKey[];
  readonly descriptors: readonly PropertyDescriptor[];
}

/** Code that is traced can replace all of these; what puts things back must not need them. */
const { ownKeys, getOwnPropertyDescriptor, defineProperty, deleteProperty, has } = Reflect;
const { getPrototypeOf, setPrototypeOf, isExtensible, apply } = Reflect;
const { is, create } = Object;
const includes = Array.prototype.includes as (this: readonly unknown[], value: unknown) => boolean;

/** Properties of `process` that change by themselves, or are put back in another way. */
const restless: readonly PropertyKey[] = ['_events', '_eventsCount', 'env', '_exiting', 'domain'];

/**
 * What JavaScript and Node are like before any code is traced. Code that replaces `Array.prototype.map`, deletes
 * `Promise` or takes the listeners of `process` away does so for its own trace, not for the next.
 */
export class Realm {
  private readonly remembered: Remembered[] = [];
  private readonly seen = new Set<object>();
  private readonly listeners: [name: PropertyKey, listeners: unknown][] = [];
  private readonly environment = { ...process.env };
  private readonly process = process;
  private readonly channel = (process as { channel?: { ref(): void } }).channel;

  /** @param classes others whose prototypes are to be put back */
  constructor(classes: Iterable<object>) {
    for (const key of ownKeys(globalThis)) {
      const value: unknown = getOwnPropertyDescriptor(globalThis, key)?.value;
      if (isObject(value) && value !== globalThis) this.rememberClass(String(key), value);
    }
    this.remember('globalThis', globalThis);
    for (const object of hiddenPrototypes()) this.remember(object.constructor?.name ?? '', object);
    const modules = { fs, 'fs.promises': fs.promises, module, path, timers, util, vm, EventEmitter };
    for (const [name, each] of Object.entries(modules)) this.rememberClass(name, each);
    for (const each of classes) this.rememberClass((each as { name?: string }).name ?? '', each);
    const { _events: events } = process as unknown as { _events: Record<string, unknown> };
    for (const key of ownKeys(events)) this.listeners.push([key, events[key as string]]);
    for (const entry of this.listeners) if (Array.isArray(entry[1])) entry[1] = [...(entry[1] as unknown[])];
  }

  /** Puts everything back. Gives the names of what was changed, or undefined where it cannot be put back. */
  restore(): string[] | undefined {
    const changed: string[] = [];
    let whole = true;
    for (let i = 0; i < this.remembered.length; i++) {
      const each = this.remembered[i] as Remembered;
      whole = this.restoreObject(each, changed) && whole;
    }
    this.restoreProcess();
    return whole ? changed : undefined;
  }

  private restoreObject(
    { object, name, prototype, keys, descriptors }: Remembered,
    changed: string[],
  ): boolean {
    let whole = true;
    if (!isExtensible(object)) return false;
    if (getPrototypeOf(object) !== prototype) {
      changed[changed.length] = name;
      whole = setPrototypeOf(object, prototype);
    }
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as PropertyKey;
      const descriptor = descriptors[i] as PropertyDescriptor;
      if (same(getOwnPropertyDescriptor(object, key), descriptor)) continue;
      changed[changed.length] = `${name}.${describe(key)}`;
      whole = defineProperty(object, key, descriptor) && whole;
    }
    const now = ownKeys(object);
    if (now.length === keys.length) return whole;
    for (let i = 0; i < now.length; i++) {
      const key = now[i] as PropertyKey;
      // What is only added disturbs nobody; it is not worth a word.
      if (!apply(includes, keys, [key])) whole = deleteProperty(object, key) && whole;
    }
    return whole;
  }

  private restoreProcess(): void {
    const { process } = this;
    const events = create(null) as Record<PropertyKey, unknown>;
    for (let i = 0; i < this.listeners.length; i++) {
      const [key, listeners] = this.listeners[i] as [PropertyKey, unknown];
      const list = listeners as unknown[] & { slice(): unknown[] };
      events[key] = typeof listeners === 'function' ? listeners : list.slice();
    }
    const internals = process as unknown as { _events: object; _eventsCount: number };
    internals._events = events;
    internals._eventsCount = this.listeners.length;
    process.setUncaughtExceptionCaptureCallback(null);
    // Without a listener for messages, Node lets go of the channel, and the process ends.
    this.channel?.ref();
    const { env } = process;
    const names = ownKeys(env) as string[];
    for (let i = 0; i < names.length; i++)
      if (!has(this.environment, names[i] as string)) deleteProperty(env, names[i] as string);
    const before = ownKeys(this.environment) as string[];
    for (let i = 0; i < before.length; i++) {
      const name = before[i] as string;
      if (env[name] !== this.environment[name]) env[name] = this.environment[name];
    }
  }

  private rememberClass(name: string, value: object): void {
    this.remember(name, value);
    const prototype: unknown = getOwnPropertyDescriptor(value, 'prototype')?.value;
    for (let each: unknown = prototype; isObject(each); each = getPrototypeOf(each))
      this.remember(`${name}.prototype`, each);
  }

  private remember(name: string, object: object): void {
    if (this.seen.has(object) || !isExtensible(object)) return;
    this.seen.add(object);
    const keys = ownKeys(object).filter((key) => object !== process || !restless.includes(key));
    const descriptors = keys.map((key) => getOwnPropertyDescriptor(object, key) as PropertyDescriptor);
    this.remembered.push({ object, name, prototype: getPrototypeOf(object), keys, descriptors });
  }
}

/** Prototypes that no global leads to, but loops and async functions do. */
function hiddenPrototypes(): object[] {
  const iterators = [
    [].values(),
    new Map().values(),
    new Set().values(),
    ''[Symbol.iterator](),
    'a'.matchAll(/a/g),
  ];
  const functions = [function* () {}, async function () {}, async function* () {}];
  const chain = (object: object): object[] => {
    const prototype = getPrototypeOf(object);
    return prototype && prototype !== Object.prototype && prototype !== Function.prototype
      ? [prototype, ...chain(prototype)]
      : [];
  };
  return [...iterators, ...functions, (function* () {})(), (async function* () {})()].flatMap(chain);
}

function same(now: PropertyDescriptor | undefined, before: PropertyDescriptor): boolean {
  return (
    now !== undefined &&
    is(now.value, before.value) &&
    now.get === before.get &&
    now.set === before.set &&
    now.writable === before.writable &&
    now.enumerable === before.enumerable
  );
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function describe(key: PropertyKey): string {
  return typeof key === 'symbol' ? 'a symbol' : `${key}`;
}
