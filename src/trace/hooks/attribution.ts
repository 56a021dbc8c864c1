import type * as tfjs from '@tensorflow/tfjs';
import type { Tf } from '../../train/tfInstance';
import type { CallSites } from '../callSites';
import type { Place } from '../sourceLines';

export type Layer = tfjs.layers.Layer;

/** A layer that is being applied, and in which others. */
export interface LayerScope {
  readonly layer: Layer;
  readonly outer: LayerScope | undefined;
}

/** On whose behalf something is computed. */
export interface Attributed {
  readonly scope: LayerScope | undefined;
  /** Lines of the user, innermost first: of the operation, or of the layer's creation. */
  readonly places: readonly Place[];
}

interface TapeNode {
  gradient?: (dys: tfjs.Tensor[]) => Record<string, () => tfjs.Tensor>;
}
interface Taped {
  addTapeNode(...args: unknown[]): void;
  readonly state: { readonly activeTape: TapeNode[] };
}
type Apply = (this: Layer, ...args: unknown[]) => unknown;

const operationDepth = 40;
const creationDepth = 100;
const nobody: Attributed = { scope: undefined, places: [] };

/**
 * Knows for each operation the layer that it belongs to and the user's line. Gradients belong to whom their operation
 * belongs to. Stays in TensorFlow.js for good; meant for a process that does nothing but trace.
 */
export class Attribution {
  /** Layers made since {@link reset}, in order. */
  readonly created: Layer[] = [];
  /** The innermost layer in which something was thrown. */
  failure:
    { readonly error: unknown; readonly layer: Layer; readonly shapes: readonly tfjs.Shape[] } | undefined;
  /** Told of what a layer gave when it was applied to tensors. */
  applied: ((layer: Layer, outputs: unknown) => void) | undefined;
  private readonly sites = new WeakMap<Layer, readonly Place[]>();
  private readonly builtIn: ReadonlySet<unknown>;
  private scope: LayerScope | undefined;
  private inherited: Attributed | undefined;
  private latest: Attributed = nobody;

  constructor(
    tf: Tf,
    private readonly callSites: CallSites,
  ) {
    const { classNameMap } = tf.serialization.SerializationMap.getMap();
    this.builtIn = new Set(Object.values(classNameMap).map(([made]) => made));
    this.watchCreation(tf);
    this.watchApplication(tf);
    this.watchTape(tf);
  }

  reset(): void {
    this.created.length = 0;
    this.failure = undefined;
    this.scope = undefined;
    this.inherited = undefined;
    this.latest = nobody;
  }

  /** Where a layer was made, innermost line first. */
  siteOf(layer: Layer): readonly Place[] {
    return this.sites.get(layer) ?? [];
  }

  /** For the operation that is being executed. */
  current(): Attributed {
    this.latest = this.inherited ?? this.attribute();
    return this.latest;
  }

  private attribute(): Attributed {
    const { scope } = this;
    const ours = scope !== undefined && this.builtIn.has(scope.layer.constructor);
    const places = ours ? this.siteOf(scope.layer) : this.callSites.places(operationDepth);
    return { scope, places: places.length > 0 || !scope ? places : this.siteOf(scope.layer) };
  }

  /** A layer's constructor assigns its `_callHook` first of all: the only thing that every kind of layer does. */
  private watchCreation(tf: Tf): void {
    const attribution = this;
    Object.defineProperty(tf.layers.Layer.prototype, '_callHook', {
      configurable: true,
      get: () => null,
      set(this: Layer, value: unknown) {
        attribution.created.push(this);
        attribution.sites.set(this, attribution.callSites.placesOfCreation(this, creationDepth));
        Object.defineProperty(this, '_callHook', { value, writable: true, configurable: true });
      },
    });
  }

  private watchApplication(tf: Tf): void {
    const attribution = this;
    const prototype = tf.layers.Layer.prototype as unknown as { apply: Apply };
    const original = prototype.apply;
    prototype.apply = function (...args) {
      const outer = attribution.scope;
      attribution.scope = { layer: this, outer };
      try {
        const outputs = original.apply(this, args);
        attribution.applied?.(this, outputs);
        return outputs;
      } catch (error) {
        if (attribution.failure?.error !== error)
          attribution.failure = { error, layer: this, shapes: shapesOf(args[0]) };
        throw error;
      } finally {
        attribution.scope = outer;
      }
    };
  }

  private watchTape(tf: Tf): void {
    const attribution = this;
    const engine = tf.engine() as unknown as Taped;
    const original = engine.addTapeNode.bind(engine);
    engine.addTapeNode = (...args) => {
      original(...args);
      const node = engine.state.activeTape.at(-1);
      const gradient = node?.gradient;
      if (!node || !gradient) return;
      const whose = attribution.latest;
      const inherit = <T>(work: () => T): T => {
        const before = attribution.inherited;
        attribution.inherited = whose;
        try {
          return work();
        } finally {
          attribution.inherited = before;
        }
      };
      node.gradient = (dys) => {
        const gradients = inherit(() => gradient(dys));
        return Object.fromEntries(
          Object.entries(gradients).map(([name, make]) => [name, () => inherit(make)]),
        );
      };
    };
  }
}

function shapesOf(inputs: unknown): tfjs.Shape[] {
  return [inputs].flat().flatMap((each) => {
    const { shape } = (each ?? {}) as { shape?: tfjs.Shape };
    return shape ? [shape] : [];
  });
}
