import crc32 from 'crc-32';
import * as v from 'valibot';
import type { CodedBits } from './maskCode';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** A sparse weight of a model, as its masks are recorded. */
const recordedWeightSchema = v.object({
  name: v.string(),
  layer: v.string(),
  kind: v.picklist(['dense', 'conv', 'depthwise', 'recurrent', 'embedding', 'other']),
  shape: v.array(count),
  /** Its last two axes are outputs and inputs, as those of transposed convolutions. */
  transposed: v.optional(v.boolean()),
  /** Of the image whose pixels are the inputs of this weight, where they are: `[height, width, channels]`. */
  image: v.optional(v.tuple([count, count, count])),
  /** The line that makes the layer. */
  site: v.optional(v.object({ file: v.string(), line: count, column: v.optional(count) })),
});
export type RecordedWeight = v.InferOutput<typeof recordedWeightSchema>;
const layoutSchema = v.array(recordedWeightSchema);

/** What is known of a weight's mask without decoding it. */
export interface MaskFigures {
  readonly active: number;
  /** Positions that were zero in the masks before. */
  readonly grown: number;
  readonly dropped: number;
  /** Outputs that no active weight leads to. */
  readonly deadOutputs: number;
  /** Inputs that no active weight leaves. */
  readonly deadInputs: number;
}

/** One weight's part of a frame. */
export interface MaskPart extends MaskFigures {
  readonly form: number;
  /** Bytes of its coded bits. */
  readonly bytes: number;
  readonly crc: number;
}

/**
 * What stands in `masks.bin`, integers little-endian: a layout says which weights follow, then come frames, the masks
 * of all of them at a step, whole or as what changed since the frame before in the file. An attempt begins with a
 * layout and a whole frame.
 */
export type FrameHead =
  | { readonly kind: 'layout'; readonly attempt: number; readonly weights: readonly RecordedWeight[] }
  | {
      readonly kind: 'whole' | 'delta';
      readonly attempt: number;
      readonly step: number;
      readonly parts: readonly MaskPart[];
    };

const magic = 0x4b53414d;
const kinds = ['layout', 'whole', 'delta'] as const;
/** magic, kind, attempt, step, bytes of the table, bytes of the data, CRC of all of this and the table. */
export const headBytes = 28;
const crcAt = 24;
const partBytes = 32;
/** A table longer than this is none of ours. */
const longestTable = 16 * 1024 * 1024;

export function encodeLayout(attempt: number, weights: readonly RecordedWeight[]): Buffer {
  return head(0, attempt, 0, Buffer.from(JSON.stringify(weights)), 0);
}

export function encodeFrame(
  kind: 'whole' | 'delta',
  attempt: number,
  step: number,
  masks: readonly { readonly figures: MaskFigures; readonly coded: CodedBits }[],
): Buffer {
  const table = Buffer.alloc(masks.length * partBytes);
  const data = masks.map(({ coded: { words } }) =>
    Buffer.from(words.buffer, words.byteOffset, words.byteLength),
  );
  for (const [i, { figures, coded }] of masks.entries()) {
    const { active, grown, dropped, deadOutputs, deadInputs } = figures;
    const bytes = data[i] as Buffer;
    const fields = [
      active,
      grown,
      dropped,
      deadOutputs,
      deadInputs,
      coded.form,
      bytes.length,
      checksum(bytes),
    ];
    for (const [field, value] of fields.entries()) table.writeUInt32LE(value, i * partBytes + field * 4);
  }
  const length = data.reduce((sum, bytes) => sum + bytes.length, 0);
  return Buffer.concat([head(kinds.indexOf(kind), attempt, step, table, length), ...data]);
}

/**
 * The lengths in a frame's first {@link headBytes} bytes.
 *
 * @throws Error that says what is not as it should be
 */
export function readLengths(bytes: Buffer): { table: number; data: number } {
  if (bytes.readUInt32LE(0) !== magic) throw new Error('no frame begins here');
  const [table, data] = [bytes.readUInt32LE(16), bytes.readUInt32LE(20)];
  if (table > longestTable || kinds[bytes.readUInt32LE(4)] === undefined)
    throw new Error('its head is not one of a frame');
  return { table, data };
}

/**
 * @param bytes head and table of a frame
 * @throws Error that says what is not as it should be
 */
export function readHead(bytes: Buffer): FrameHead {
  if (checksum(bytes.subarray(headBytes), checksum(bytes.subarray(0, crcAt))) !== bytes.readUInt32LE(crcAt))
    throw new Error('its head does not match its checksum');
  const kind = kinds[bytes.readUInt32LE(4)] ?? 'layout';
  const [attempt, step] = [bytes.readUInt32LE(8), bytes.readUInt32LE(12)];
  const table = bytes.subarray(headBytes);
  if (kind === 'layout')
    return { kind, attempt, weights: v.parse(layoutSchema, JSON.parse(table.toString('utf8'))) };
  const parts = Array.from({ length: table.length / partBytes }, (_, i): MaskPart => {
    const field = (n: number) => table.readUInt32LE(i * partBytes + n * 4);
    return {
      active: field(0),
      grown: field(1),
      dropped: field(2),
      deadOutputs: field(3),
      deadInputs: field(4),
      form: field(5),
      bytes: field(6),
      crc: field(7),
    };
  });
  return { kind, attempt, step, parts };
}

export function checksum(bytes: Uint8Array, seed = 0): number {
  return crc32.buf(bytes, seed) >>> 0;
}

function head(kind: number, attempt: number, step: number, table: Buffer, dataBytes: number): Buffer {
  const bytes = Buffer.alloc(headBytes);
  for (const [field, value] of [magic, kind, attempt, step, table.length, dataBytes].entries())
    bytes.writeUInt32LE(value, field * 4);
  bytes.writeUInt32LE(checksum(table, checksum(bytes.subarray(0, crcAt))), crcAt);
  return Buffer.concat([bytes, table]);
}
