import { open, type FileHandle } from 'node:fs/promises';
import { endianness } from 'node:os';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { fileProblem } from './fileProblem';
import { DataError } from './types';

/** The numbers of an IDX file, in the file's own type. */
export type IdxNumbers = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** A whole IDX file. */
export interface IdxArray {
  readonly path: string;
  readonly type: string;
  /** The first is the number of examples. */
  readonly dimensions: readonly number[];
  readonly data: IdxNumbers;
  /** Bytes before the first number. */
  readonly headerBytes: number;
}

interface NumberType {
  readonly name: string;
  readonly bytes: 1 | 2 | 4 | 8;
  readonly view: new (buffer: ArrayBuffer) => IdxNumbers;
}

/** Type codes of the IDX format, as on Y. LeCun's MNIST page. */
const numberTypes: Readonly<Record<number, NumberType>> = {
  0x08: { name: 'uint8', bytes: 1, view: Uint8Array },
  0x09: { name: 'int8', bytes: 1, view: Int8Array },
  0x0b: { name: 'int16', bytes: 2, view: Int16Array },
  0x0c: { name: 'int32', bytes: 4, view: Int32Array },
  0x0d: { name: 'float32', bytes: 4, view: Float32Array },
  0x0e: { name: 'float64', bytes: 8, view: Float64Array },
};

/** Deflate cannot shrink data further than this (zlib's documentation, "Maximum Compression Factor"). */
const maximumGzipRatio = 1032;

/**
 * Reads an IDX file, gzip-compressed or not (its first bytes tell, not its name).
 * Throws {@link DataError} naming the file, the byte offset, what was found there and what was expected.
 */
export async function readIdxFile(path: string): Promise<IdxArray> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    throw fileProblem(error, path, 'read');
  }
  try {
    return await readOpened(handle, path);
  } catch (error) {
    throw error instanceof DataError ? error : fileProblem(error, path, 'read');
  } finally {
    await handle.close();
  }
}

async function readOpened(handle: FileHandle, path: string): Promise<IdxArray> {
  const { size } = await handle.stat();
  const start = Buffer.alloc(2);
  await handle.read(start, 0, 2, 0);
  const compressed = start[0] === 0x1f && start[1] === 0x8b;
  const bytes = new ByteReader(handle, path, compressed, size);
  try {
    const { type, dimensions, headerBytes } = await readHeader(bytes, path);
    const bodyBytes = dimensions.reduce((a, b) => a * b, type.bytes);
    const announced = `the header announces ${dimensions.join(' x ')} of ${type.name}, ${headerBytes + bodyBytes} bytes in all`;
    const most = compressed ? size * maximumGzipRatio : size;
    if (headerBytes + bodyBytes > most)
      throw new DataError(
        `${path}: truncated: ${announced}, but the file has ${size}` +
          (compressed ? ' compressed bytes, which cannot hold that many.' : ' bytes.') +
          ' Get the file again.',
      );
    const body = allocate(bodyBytes, path);
    const read = await bytes.fill(body);
    if (read < bodyBytes)
      throw new DataError(
        `${path}: truncated at byte ${headerBytes + read}: ${announced}. Get the file again.`,
      );
    const more = await bytes.fill(new Uint8Array(65_536));
    if (more > 0)
      throw new DataError(
        `${path}: ${more === 65_536 ? 'at least ' : ''}${more} further bytes at byte ${headerBytes + bodyBytes}, ` +
          `where the file should end: ${announced}.`,
      );
    if (endianness() === 'LE') fromBigEndian(body, type.bytes);
    return { path, type: type.name, dimensions, data: new type.view(body.buffer), headerBytes };
  } finally {
    bytes.stop();
  }
}

async function readHeader(bytes: ByteReader, path: string) {
  const magic = Buffer.alloc(4);
  const read = await bytes.fill(magic);
  if (read < 4)
    throw new DataError(
      `${path}: truncated at byte ${read}: an IDX file starts with a header of at least 8 bytes.`,
    );
  const type = numberTypes[magic[2] as number];
  const rank = magic[3] as number;
  if (magic[0] !== 0 || magic[1] !== 0 || !type || rank === 0)
    throw new DataError(
      `${path}: not an IDX file: found ${hex(magic)} at byte 0; expected 00 00, then a type code ` +
        `(${Object.keys(numberTypes)
          .map((code) => hex([Number(code)]))
          .join(', ')}), then the number of dimensions (at least 01).`,
    );
  const sizes = Buffer.alloc(4 * rank);
  const got = await bytes.fill(sizes);
  if (got < sizes.length)
    throw new DataError(
      `${path}: truncated at byte ${4 + got}: the sizes of ${rank} dimensions need ${4 + sizes.length} bytes.`,
    );
  const dimensions = Array.from({ length: rank }, (_, i) => sizes.readUInt32BE(4 * i));
  return { type, dimensions, headerBytes: 4 + sizes.length };
}

/** Pulls bytes out of a file, decompressed where needed. */
class ByteReader {
  private readonly chunks: AsyncIterator<Buffer>;
  private readonly streams: Readable[];
  private rest: Uint8Array = new Uint8Array(0);
  private produced = 0;

  constructor(
    handle: FileHandle,
    private readonly path: string,
    private readonly compressed: boolean,
    private readonly size: number,
  ) {
    const file = handle.createReadStream({ start: 0, autoClose: false, highWaterMark: 262_144 });
    if (compressed) {
      const gunzip = createGunzip({ chunkSize: 262_144 });
      file.on('error', (error) => gunzip.destroy(error));
      this.streams = [file, file.pipe(gunzip)];
    } else {
      this.streams = [file];
    }
    this.chunks = (this.streams.at(-1) as Readable)[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** Fills `target` and returns how many bytes there were: fewer only at the end. */
  async fill(target: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < target.length) {
      if (this.rest.length === 0) {
        const chunk = await this.nextChunk();
        if (!chunk) break;
        this.rest = chunk;
        this.produced += chunk.length;
      }
      const taken = this.rest.subarray(0, target.length - filled);
      target.set(taken, filled);
      this.rest = this.rest.subarray(taken.length);
      filled += taken.length;
    }
    return filled;
  }

  stop(): void {
    for (const stream of this.streams) stream.destroy();
  }

  private async nextChunk(): Promise<Buffer | undefined> {
    try {
      const next = await this.chunks.next();
      return next.done ? undefined : next.value;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (!this.compressed || !code?.startsWith('Z_')) throw error;
      const what =
        code === 'Z_BUF_ERROR'
          ? `the gzip data is truncated: the file ends at byte ${this.size}, in the middle of the compressed data`
          : `the gzip data is damaged (${(error as Error).message})`;
      throw new DataError(
        `${this.path}: ${what}; ${this.produced} bytes could be unpacked. Get the file again.`,
      );
    }
  }
}

function allocate(bytes: number, path: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes);
  } catch {
    throw new DataError(`${path}: its ${bytes} bytes of numbers do not fit into memory.`);
  }
}

function fromBigEndian(body: Uint8Array<ArrayBuffer>, bytes: 1 | 2 | 4 | 8): void {
  const buffer = Buffer.from(body.buffer);
  if (bytes === 2) buffer.swap16();
  if (bytes === 4) buffer.swap32();
  if (bytes === 8) buffer.swap64();
}

function hex(bytes: Iterable<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
