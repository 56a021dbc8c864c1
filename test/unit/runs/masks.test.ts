import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { decodeBits, encodeBits } from '../../../src/runs/maskCode';
import { MaskReader, MaskWriter, packMask, unpackMask } from '../../../src/runs/masks';
import { evolved, randomMask, randomOf, weightOf } from './maskFixtures';
import { freshFolder } from './runFolder';

describe('coded masks', () => {
  const random = randomOf(1);
  const sizes = [0, 1, 7, 31, 32, 33, 64, 100, 1000, 4097];
  const densities = [0, 0.0005, 0.01, 0.1, 0.5, 0.9, 1];

  it('are what they were, for any size and density', () => {
    for (const size of sizes)
      for (const density of densities) {
        const mask = randomMask(size, density, random);
        const bits = packMask(mask);
        assert.deepEqual(unpackMask(bits, size), mask);
        const ones = mask.reduce((sum, bit) => sum + bit, 0);
        const coded = encodeBits(bits);
        assert.deepEqual(decodeBits(coded, size, ones), bits, `size ${size}, density ${density}`);
        assert.ok(coded.words.length <= bits.length);
      }
  });

  it('of a view into a larger buffer, too', () => {
    const mask = randomMask(100, 0.3, random);
    const larger = new Uint8Array(103);
    larger.set(mask, 3);
    assert.deepEqual(packMask(larger.subarray(3)), packMask(mask));
  });

  it('take within 10 % of their entropy where they are scattered', () => {
    for (const density of [0.001, 0.01, 0.05, 0.1, 0.2]) {
      const bits = packMask(randomMask(200_000, density, random));
      const entropy = -density * Math.log2(density) - (1 - density) * Math.log2(1 - density);
      const perPosition = (encodeBits(bits).words.length * 32) / 200_000;
      assert.ok(perPosition < entropy * 1.1, `${perPosition} bits at density ${density}, entropy ${entropy}`);
    }
  });

  it('that lie in one block, or far apart, are right as well', () => {
    for (const positions of [[0], [99_999], [0, 99_999], Array.from({ length: 500 }, (_, i) => 60_000 + i)]) {
      const mask = new Uint8Array(100_000);
      for (const at of positions) mask[at] = 1;
      const bits = packMask(mask);
      assert.deepEqual(decodeBits(encodeBits(bits), mask.length, positions.length), bits);
    }
  });

  it('that are damaged are refused', () => {
    const bits = packMask(randomMask(1000, 0.05, random));
    const coded = encodeBits(bits);
    assert.throws(() => decodeBits({ ...coded, words: coded.words.slice(0, 2) }, 1000, 50), /positions/);
    assert.throws(() => decodeBits(coded, 100, 50), /position \d+ of 100/);
  });
});

describe('masks.bin', () => {
  const folder = freshFolder();
  const file = () => path.join(folder(), 'masks.bin');
  const weights = [weightOf('a/kernel', [40, 30]), weightOf('b/kernel', [30, 10])];

  /** Masks of so many frames, each evolved from the one before. */
  function history(count: number, seed = 7): Uint8Array[][] {
    const random = randomOf(seed);
    const frames = [[randomMask(1200, 0.1, random), randomMask(300, 0.4, random)]];
    while (frames.length < count)
      frames.push((frames.at(-1) ?? []).map((mask) => evolved(mask, 0.3 / frames.length, random)));
    return frames;
  }

  function write(writer: MaskWriter, masks: readonly Uint8Array[][], fromStep: number): void {
    for (const [i, frame] of masks.entries())
      if (i === 0) writer.begin(fromStep, weights, frame);
      else writer.update(fromStep + i * 100, frame);
  }

  async function read(reader: MaskReader, frame: number): Promise<Uint8Array[]> {
    const masks: Uint8Array[] = [];
    for (const [i, { shape }] of weights.entries())
      masks.push(unpackMask(await reader.mask(frame, i), (shape[0] ?? 0) * (shape[1] ?? 0)));
    return masks;
  }

  it('gives every mask back, in order, backwards and at random', async () => {
    const masks = history(60);
    const writer = new MaskWriter(folder(), 1);
    write(writer, masks, 0);
    await writer.close();
    const reader = new MaskReader(folder());
    assert.equal(await reader.poll(), true);
    assert.deepEqual(
      reader.frames.map(({ step }) => step),
      masks.map((_, i) => i * 100),
    );
    const random = randomOf(3);
    const order = [...masks.keys(), ...[...masks.keys()].reverse()];
    for (let i = 0; i < 100; i++) order.push(Math.floor(random() * masks.length));
    for (const frame of order) assert.deepEqual(await read(reader, frame), masks[frame], `frame ${frame}`);
  });

  it('says of every frame what is active, has grown, was dropped, and is dead', async () => {
    const masks = history(30);
    const writer = new MaskWriter(folder(), 1);
    write(writer, masks, 0);
    await writer.close();
    const reader = new MaskReader(folder());
    await reader.poll();
    for (const [frame, now] of masks.entries())
      for (const [i, mask] of now.entries()) {
        const before = masks[frame - 1]?.[i] ?? mask;
        const count = (test: (bit: number, earlier: number) => boolean) =>
          mask.reduce((sum, bit, at) => sum + (test(bit, before[at] ?? 0) ? 1 : 0), 0);
        const outputs = weights[i]?.shape[1] ?? 0;
        const of = (test: (at: number) => boolean) => mask.some((bit, at) => bit === 1 && test(at));
        const dead = (length: number, unitOf: (at: number) => number) =>
          Array.from({ length }, (_, unit) => of((at) => unitOf(at) === unit)).filter((any) => !any).length;
        const { active, grown, dropped, deadOutputs, deadInputs } = reader.frames[frame]?.parts[i] ?? {};
        assert.deepEqual(
          { active, grown, dropped, deadOutputs, deadInputs },
          {
            active: count((bit) => bit === 1),
            grown: count((bit, earlier) => bit > earlier),
            dropped: count((bit, earlier) => bit < earlier),
            deadOutputs: dead(outputs, (at) => at % outputs),
            deadInputs: dead(mask.length / outputs, (at) => Math.floor(at / outputs)),
          },
        );
      }
  });

  it('counts the outputs of a depthwise kernel by channel', async () => {
    const writer = new MaskWriter(folder(), 1);
    // One of 2 x 1 positions, 2 channels and 2 multipliers is active: of channel 1, multiplier 0.
    const depthwise = weightOf('d/depthwise_kernel', [2, 1, 2, 2], { kind: 'depthwise' });
    writer.begin(0, [depthwise], [Uint8Array.of(0, 0, 1, 0, 0, 0, 0, 0)]);
    await writer.close();
    const reader = new MaskReader(folder());
    await reader.poll();
    const { deadOutputs, deadInputs } = reader.frames[0]?.parts[0] ?? {};
    assert.deepEqual({ deadOutputs, deadInputs }, { deadOutputs: 3, deadInputs: 1 });
  });

  it('turns inputs and outputs of a transposed convolution', async () => {
    const up = weightOf('up/kernel', [1, 1, 2, 3], { kind: 'conv', transposed: true });
    const writer = new MaskWriter(folder(), 1);
    // Outputs are rows: only output 1 has a weight, from input 2.
    writer.begin(0, [up], [Uint8Array.of(0, 0, 0, 0, 0, 1)]);
    await writer.close();
    const reader = new MaskReader(folder());
    await reader.poll();
    const { deadOutputs, deadInputs } = reader.frames[0]?.parts[0] ?? {};
    assert.deepEqual({ deadOutputs, deadInputs }, { deadOutputs: 1, deadInputs: 2 });
  });

  it('is followed while it grows', async () => {
    const masks = history(10);
    const writer = new MaskWriter(folder(), 1);
    const reader = new MaskReader(folder());
    assert.equal(await reader.poll(), false);
    for (const [i, frame] of masks.entries()) {
      if (i === 0) writer.begin(0, weights, frame);
      else writer.update(i, frame);
      await writer.flush();
      assert.equal(await reader.poll(), true);
      assert.equal(reader.frames.length, i + 1);
      assert.deepEqual(await read(reader, i), frame);
    }
    assert.equal(await reader.poll(), false);
    assert.equal(reader.revision, 0);
    await writer.close();
  });

  it('cut at any byte, has the frames that are whole; and the next attempt goes on from there', async () => {
    const masks = history(4);
    const writer = new MaskWriter(folder(), 1);
    write(writer, masks, 0);
    await writer.close();
    const whole = fs.readFileSync(file());
    const random = randomOf(5);
    const cuts = [0, 1, 27, 28, whole.length - 1];
    for (let i = 0; i < 40; i++) cuts.push(Math.floor(random() * whole.length));
    for (const cut of cuts) {
      fs.writeFileSync(file(), whole.subarray(0, cut));
      const reader = new MaskReader(folder());
      await reader.poll();
      const found = reader.frames.length;
      assert.ok(found < masks.length);
      for (let frame = 0; frame < found; frame++) assert.deepEqual(await read(reader, frame), masks[frame]);
      // Resumed from a checkpoint at step 150: later frames were of steps that are trained again.
      const again = history(3, 11);
      const next = new MaskWriter(folder(), 2);
      write(next, again, 150);
      await next.close();
      const expected = [...masks.slice(0, Math.min(found, 2)), ...again];
      for (const each of [reader, new MaskReader(folder())]) {
        await each.poll();
        assert.equal(each.frames.length, expected.length, `cut at ${cut}`);
        for (const [frame, mask] of expected.entries()) assert.deepEqual(await read(each, frame), mask);
      }
    }
  });

  it('keeps what an update changed where an attempt resumes at that very step', async () => {
    const masks = history(3);
    const writer = new MaskWriter(folder(), 1);
    write(writer, masks, 0);
    await writer.close();
    const before = new MaskReader(folder());
    await before.poll();
    const next = new MaskWriter(folder(), 2);
    next.begin(200, weights, masks[2] ?? []);
    await next.close();
    const reader = new MaskReader(folder());
    await reader.poll();
    assert.equal(reader.frames.length, 3);
    assert.equal(reader.frames[2]?.attempt, 2);
    assert.equal(reader.frames[2]?.parts[0]?.grown, before.frames[2]?.parts[0]?.grown);
    assert.deepEqual(await reader.mask(2, 0), await before.mask(2, 0));
  });

  it('survives a process killed while it writes', async () => {
    const child = fork(path.join(__dirname, 'endlessMasks.js'), [folder()], { stdio: 'ignore' });
    const deadline = Date.now() + 20_000;
    while (!fs.existsSync(file()) || fs.statSync(file()).size < 200_000) {
      assert.ok(Date.now() < deadline, 'nothing was written in 20 s');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    const reader = new MaskReader(folder());
    await reader.poll();
    const count = reader.frames.length;
    assert.ok(count > 2);
    const { parts } = reader.frames[count - 1] ?? {};
    const mask = await reader.mask(count - 1, 0);
    assert.equal(
      unpackMask(mask, 250_000).reduce((sum, bit) => sum + bit, 0),
      parts?.[0]?.active,
    );
  });

  it('that is damaged is refused with file and offset, and what was recorded before can be read', async () => {
    const masks = history(5);
    const writer = new MaskWriter(folder(), 1);
    write(writer, masks, 0);
    await writer.close();
    const whole = fs.readFileSync(file());
    const heads: number[] = [];
    for (let at = 0; at < whole.length;) {
      heads.push(at);
      at += 28 + whole.readUInt32LE(at + 16) + whole.readUInt32LE(at + 20);
    }
    // Head of the third frame: the layout is the first.
    const third = heads[3] ?? 0;
    for (const at of [third, third + 8, third + 30]) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 0x55;
      fs.writeFileSync(file(), bytes);
      const reader = new MaskReader(folder());
      await assert.rejects(reader.poll(), (error: Error) => {
        assert.ok(error.message.includes(`${file()} is damaged at byte ${third}:`), error.message);
        return true;
      });
      assert.equal(reader.frames.length, 2);
      assert.deepEqual(await read(reader, 1), masks[1]);
    }
    const bytes = Buffer.from(whole);
    const data = third + 28 + whole.readUInt32LE(third + 16);
    bytes[data] = (bytes[data] ?? 0) ^ 1;
    fs.writeFileSync(file(), bytes);
    const reader = new MaskReader(folder());
    await reader.poll();
    assert.equal(reader.frames.length, 5);
    await assert.rejects(reader.mask(2, 0), new RegExp(`damaged at byte ${data}: the mask of a/kernel`));
    assert.deepEqual(await read(reader, 1), masks[1]);
  });

  it('that was replaced by another is read anew', async () => {
    const writer = new MaskWriter(folder(), 1);
    write(writer, history(5), 0);
    await writer.close();
    const reader = new MaskReader(folder());
    await reader.poll();
    fs.rmSync(file());
    await reader.poll();
    assert.equal(reader.frames.length, 0);
    const other = history(2, 99);
    const next = new MaskWriter(folder(), 1);
    write(next, other, 0);
    await next.close();
    await reader.poll();
    assert.equal(reader.frames.length, 2);
    assert.deepEqual(await read(reader, 1), other[1]);
  });

  it('that cannot be written says which file and what to do, and training goes on', async () => {
    const writer = new MaskWriter(path.join(folder(), 'gone'), 1);
    const [masks = []] = history(1);
    writer.begin(0, weights, masks);
    await assert.rejects(writer.flush(), /Cannot write .*masks\.bin: its folder is gone/);
    assert.match(writer.failed?.message ?? '', /masks\.bin/);
    writer.update(100, masks);
    await assert.rejects(writer.close(), /masks\.bin/);
  });

  it('holds all that was said when a process exits at once', async () => {
    const masks = history(3);
    const writer = new MaskWriter(folder(), 1);
    write(writer, masks, 0);
    writer.flushSync();
    const reader = new MaskReader(folder());
    await reader.poll();
    assert.deepEqual(await read(reader, 2), masks[2]);
  });
});
