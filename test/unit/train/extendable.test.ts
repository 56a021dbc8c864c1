import assert from 'node:assert/strict';
import { extendable } from '../../../src/train/extendable';

class Base {
  readonly made: string;
  constructor(what: string) {
    this.made = what;
  }
  greet(): string {
    return `base of ${this.made}`;
  }
}

describe('a class that code of both kinds extends', () => {
  const Extendable = extendable(Base);

  it('can be extended by a function that calls it without new, as TypeScript compiles classes to ES5', () => {
    function Derived(this: object) {
      const self = (Extendable as unknown as (this: object, what: string) => Base).call(this, 'old');
      return Object.assign(self, { own: true });
    }
    Derived.prototype = Object.create(Extendable.prototype, {
      constructor: { value: Derived },
    }) as object;
    const made = new (Derived as unknown as new () => Base & { own: boolean })();
    assert.equal(made.greet(), 'base of old');
    assert.equal(made.own, true);
    assert.ok(made instanceof Base && made instanceof Extendable && made instanceof Derived);
  });

  it('can be extended by a class', () => {
    class Derived extends Extendable {
      override greet(): string {
        return `derived, ${super.greet()}`;
      }
    }
    const made = new Derived('new');
    assert.equal(made.greet(), 'derived, base of new');
    assert.ok(made instanceof Base && made instanceof Extendable);
    assert.ok(new Base('x') instanceof Extendable);
  });
});
