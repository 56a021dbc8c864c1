type Class = abstract new (...args: never[]) => object;

/**
 * The same class, which code compiled to functions (TypeScript's ES5 target, as tfjs-node is) may extend too: such
 * code calls its base class without `new`. `instanceof` and the prototype stay as they are.
 */
export function extendable<T extends Class>(original: T): T {
  return new Proxy(original, {
    apply: (target, self: object, args: unknown[]) =>
      Reflect.construct(target, args, self.constructor) as object,
  });
}
