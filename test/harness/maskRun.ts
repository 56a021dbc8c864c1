import fs from 'node:fs';
import path from 'node:path';
import { MaskWriter, type RecordedWeight } from '../../src/runs/masks';
import { currentProcess } from '../../src/runs/process';
import type { RunRecord } from '../../src/runs/record';
import { createRunDirectory, writeRecord } from '../../src/runs/recordFile';
import { RunWriter } from '../../src/runs/writer';

/** A layer whose masks are made up. */
export interface MadeLayer {
  readonly name: string;
  readonly kind: RecordedWeight['kind'];
  readonly shape: readonly number[];
  readonly density: number;
}

/** A small image classifier, sparse as ERK has it. */
export const classifier: readonly MadeLayer[] = [
  { name: 'fc1/kernel', kind: 'dense', shape: [784, 300], density: 0.08 },
  { name: 'conv1/kernel', kind: 'conv', shape: [3, 3, 16, 32], density: 0.3 },
  { name: 'fc2/kernel', kind: 'dense', shape: [300, 100], density: 0.23 },
  { name: 'fc3/kernel', kind: 'dense', shape: [100, 10], density: 0.6 },
];

/**
 * A run folder whose masks move as those of RigL do: every update drops a share of the active positions, less and less
 * of them, and grows as many, in the first layer where an image has something to say. Written by the product's writers.
 */
export class MaskRun {
  private readonly random: () => number;
  private readonly writer: MaskWriter;
  private readonly events: RunWriter;
  private readonly weights: RecordedWeight[];
  private updates = 0;
  masks: Uint8Array[];

  private constructor(
    readonly directory: string,
    private record: RunRecord,
    private readonly layers: readonly MadeLayer[],
    seed: number,
    site: { file: string; line: number },
  ) {
    this.random = randomOf(seed);
    this.writer = new MaskWriter(directory, 1);
    this.events = new RunWriter(directory, 1);
    this.weights = layers.map(({ name, kind, shape }, i) => ({
      name,
      layer: name.split('/')[0] ?? name,
      kind,
      shape: [...shape],
      site: { file: site.file, line: site.line + i },
    }));
    this.masks = layers.map(({ shape, density }) => {
      const mask = new Uint8Array(sizeOf(shape));
      let left = Math.floor(mask.length * density);
      while (left > 0) {
        const at = Math.floor(this.random() * mask.length);
        if (mask[at]) continue;
        mask[at] = 1;
        left--;
      }
      return mask;
    });
  }

  /** A run that is under way, by the process of the test, with the masks that it begins with. */
  static async begin(
    workspace: string,
    name: string,
    seed: number,
    site: { file: string; line: number },
    layers = classifier,
  ): Promise<MaskRun> {
    const now = new Date().toISOString();
    const attempt = { number: 1, ...currentProcess(), startedAt: now, backend: 'wasm' as const, fromStep: 1 };
    const record: Omit<RunRecord, 'id'> = {
      schema: 1,
      name,
      kind: 'experiment',
      file: path.relative(workspace, site.file),
      workspace,
      createdAt: now,
      params: {},
      seed,
      requestedBackend: 'wasm',
      versions: {},
      device: { platform: 'linux x64', cpu: 'some', cores: 2, memoryBytes: 1e9 },
      status: 'running',
      attempts: [attempt],
    };
    const { id, directory } = await createRunDirectory(workspace, record);
    const run = new MaskRun(directory, { ...record, id }, layers, seed, site);
    run.events.record({ type: 'start', fromStep: 1, backend: 'wasm' });
    run.writer.begin(0, run.weights, run.masks);
    run.tell(0);
    await run.flush();
    return run;
  }

  /** The next updates, a hundred steps apart. */
  async update(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.updates++;
      const share = 0.15 * (1 + Math.cos((Math.PI * Math.min(60, this.updates)) / 60));
      this.masks = this.masks.map((mask, layer) => this.moved(mask, layer, share));
      const step = this.updates * 100;
      this.events.record({ type: 'step', step, epoch: 0, loss: 1 / Math.sqrt(this.updates), ms: 1 });
      this.writer.update(step, this.masks);
      this.tell(step);
    }
    await this.flush();
  }

  /** Writes a checkpoint as training does, with weights that are zero where the mask is. */
  checkpoint(): void {
    const folder = path.join(
      this.directory,
      'checkpoints',
      `step-${String(this.updates * 100).padStart(8, '0')}`,
    );
    fs.mkdirSync(folder, { recursive: true });
    let byteOffset = 0;
    const values = this.masks.map((mask) => Float32Array.from(mask, (bit) => bit * (this.random() - 0.5)));
    const weights = this.weights.map(({ name, shape }, i) => {
      const byteLength = values[i]?.byteLength ?? 0;
      byteOffset += byteLength;
      return { name, shape, dtype: 'float32', byteOffset: byteOffset - byteLength, byteLength };
    });
    const state = { schema: 1, place: { step: this.updates * 100 }, weights };
    fs.writeFileSync(path.join(folder, 'state.json'), JSON.stringify(state));
    fs.writeFileSync(
      path.join(folder, 'weights.bin'),
      Buffer.concat(values.map(({ buffer }) => Buffer.from(buffer))),
    );
  }

  async finish(): Promise<void> {
    await this.writer.close();
    this.events.record({ type: 'end', step: this.updates * 100, outcome: 'finished' });
    await this.events.close();
    const [attempt] = this.record.attempts;
    const endedAt = new Date().toISOString();
    this.record = {
      ...this.record,
      status: 'finished',
      attempts: attempt ? [{ ...attempt, endedAt, outcome: 'finished' }] : [],
    };
    await writeRecord(this.directory, this.record);
  }

  private async flush(): Promise<void> {
    await this.writer.flush();
    await this.events.flush();
  }

  private tell(step: number): void {
    const weights = this.weights.map(({ name }, i) => {
      const mask = this.masks[i] ?? new Uint8Array();
      return { name, active: mask.reduce((sum, bit) => sum + bit, 0), size: mask.length };
    });
    this.events.record({ type: 'masks', step, weights, updates: this.updates });
  }

  private moved(mask: Uint8Array, layer: number, share: number): Uint8Array {
    const next = mask.slice();
    const outputs = this.layers[layer]?.shape.at(-1) ?? 1;
    let moving = 0;
    for (let i = 0; i < mask.length; i++) {
      const keeps = mask.length === 784 * 300 ? wanted(Math.floor(i / outputs)) : 0.5;
      if (!mask[i] || this.random() > share * 2 * (1 - keeps)) continue;
      next[i] = 0;
      moving++;
    }
    while (moving > 0) {
      const at = Math.floor(this.random() * mask.length);
      const wants = mask.length === 784 * 300 ? wanted(Math.floor(at / outputs)) : 0.5;
      if (next[at] || this.random() > wants) continue;
      next[at] = 1;
      moving--;
    }
    return next;
  }
}

/** How much a pixel of a digit has to say. */
function wanted(pixel: number): number {
  const [row, column] = [Math.floor(pixel / 28) - 13.5, (pixel % 28) - 13.5];
  return 0.02 + 0.96 * Math.exp(-(row * row + column * column * 1.4) / 90);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, each) => product * each, 1);
}

/** Uniform numbers in [0, 1), the same for a seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
