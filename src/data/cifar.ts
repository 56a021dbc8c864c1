import { createReadStream } from 'node:fs';
import { open, readFile, rename, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import * as path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Extract } from 'tar-stream';
import { fileProblem } from './fileProblem';
import { sha256 } from './transfer';
import { DataError } from './types';

/** CIFAR-10's binary version: records of a label byte and 3 planes of 32x32 (www.cs.toronto.edu/~kriz/cifar.html). */
export interface CifarArchive {
  readonly format: 'cifar-10-binary';
  readonly recordsPerBatch: number;
}

/** One file in the archive, as it streams by. */
type Entry = Extract extends AsyncIterable<infer Source> ? Source : never;

const side = 32;
const channels = 3;
const pixels = side * side;
const imageBytes = pixels * channels;
const recordBytes = 1 + imageBytes;
const trainBatches = 5;
const imageHeader = 20;
const labelHeader = 8;

const outputs = [
  'train-images-idx4-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx4-ubyte',
  't10k-labels-idx1-ubyte',
] as const;
type Output = (typeof outputs)[number];

/** In the format of `sha256sum`, so that `sha256sum -c SHA256SUMS` checks the folder by hand. */
const sumsName = 'SHA256SUMS';

/** Size of the four IDX files together. */
export function convertedBytes(archive: CifarArchive): number {
  return (trainBatches + 1) * archive.recordsPerBatch * recordBytes + 2 * (imageHeader + labelHeader);
}

/** The paths of the IDX files of an earlier conversion, if all are there and unchanged. */
export async function convertedIsComplete(folder: string): Promise<string[] | undefined> {
  const sums = await readFile(path.join(folder, sumsName), 'utf8').catch(() => '');
  const files = outputs.map((name) => path.join(folder, name));
  for (const [i, name] of outputs.entries()) {
    const expected = new RegExp(`^([0-9a-f]{64})  ${name}$`, 'm').exec(sums)?.[1];
    const file = files[i] as string;
    if (!expected || !(await stat(file).catch(() => undefined))?.isFile()) return undefined;
    if ((await sha256(file)) !== expected) return undefined;
  }
  return files;
}

/**
 * Converts the archive (.tar.gz) to IDX files in `folder`: images [n, 32, 32, 3], channels last, and labels [n].
 * Only the six batch files are read from the archive, and nothing is ever written under a name it contains.
 * Throws {@link DataError} where one is missing or has the wrong size.
 */
export async function convertCifar(
  archivePath: string,
  folder: string,
  archive: CifarArchive,
  signal?: AbortSignal,
): Promise<string[]> {
  const handles = new Map<Output, FileHandle>();
  const partOf = (name: Output) => path.join(folder, `${name}.part`);
  try {
    for (const name of outputs) handles.set(name, await open(partOf(name), 'w'));
    await writeHeaders(handles, archive.recordsPerBatch);
    const seen = new Set<string>();
    const batches = extract();
    const reading = pipeline(createReadStream(archivePath), createGunzip(), batches, {
      ...(signal && { signal }),
    });
    const converting = (async () => {
      for await (const entry of batches) {
        const batch = batchName(entry);
        if (batch && seen.has(batch)) throw new DataError(`${archivePath}: it contains ${batch} twice.`);
        if (!batch) {
          entry.resume();
          continue;
        }
        seen.add(batch);
        await convertBatch(
          await contents(entry, archive.recordsPerBatch, archivePath, batch),
          batch,
          handles,
        );
      }
    })();
    await settle(reading, converting);
    const missing = batchNames.filter((name) => !seen.has(name));
    if (missing.length > 0) throw new DataError(`${archivePath}: it lacks ${missing.join(', ')}.`);
    for (const handle of handles.values()) await handle.sync();
    await closeAll(handles);
    return await putInPlace(folder, partOf, signal);
  } catch (error) {
    await closeAll(handles);
    for (const name of outputs) await rm(partOf(name), { force: true }).catch(() => {});
    if (error instanceof DataError) throw error;
    if (signal?.aborted) throw signal.reason;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith('Z_') || !code)
      throw new DataError(`${archivePath}: the archive is damaged: ${message}.`, { cause: error });
    throw fileProblem(error, folder, 'write');
  }
}

const batchNames = [
  ...Array.from({ length: trainBatches }, (_, i) => `data_batch_${i + 1}.bin`),
  'test_batch.bin',
];

function batchName(entry: Entry): string | undefined {
  const { name, type } = entry.header;
  return type === 'file'
    ? batchNames.find((batch) => name.replace(/^\.\//, '') === `cifar-10-batches-bin/${batch}`)
    : undefined;
}

async function contents(entry: Entry, records: number, archivePath: string, batch: string): Promise<Buffer> {
  const expected = records * recordBytes;
  if (entry.header.size !== expected)
    throw new DataError(
      `${archivePath}: ${batch} has ${entry.header.size} bytes; expected ${expected} (${records} records of ${recordBytes}).`,
    );
  const chunks: Buffer[] = [];
  for await (const chunk of entry) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function convertBatch(bytes: Buffer, batch: string, handles: Map<Output, FileHandle>): Promise<void> {
  const records = bytes.length / recordBytes;
  const images = Buffer.alloc(records * imageBytes);
  const labels = Buffer.alloc(records);
  for (let record = 0; record < records; record++) {
    const from = record * recordBytes;
    labels[record] = bytes[from] as number;
    for (let channel = 0; channel < channels; channel++) {
      const plane = from + 1 + channel * pixels;
      const to = record * imageBytes + channel;
      for (let i = 0; i < pixels; i++) images[to + i * channels] = bytes[plane + i] as number;
    }
  }
  const split = batch === 'test_batch.bin' ? 't10k' : 'train';
  const first = split === 'train' ? batchNames.indexOf(batch) * records : 0;
  await handles
    .get(`${split}-images-idx4-ubyte`)
    ?.write(images, 0, images.length, imageHeader + first * imageBytes);
  await handles.get(`${split}-labels-idx1-ubyte`)?.write(labels, 0, labels.length, labelHeader + first);
}

async function writeHeaders(handles: Map<Output, FileHandle>, recordsPerBatch: number): Promise<void> {
  for (const [name, handle] of handles) {
    const records = recordsPerBatch * (name.startsWith('train') ? trainBatches : 1);
    const dimensions = name.includes('images') ? [records, side, side, channels] : [records];
    const header = Buffer.alloc(4 + 4 * dimensions.length);
    header.writeUInt32BE(0x0800 + dimensions.length, 0);
    dimensions.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
    await handle.write(header, 0, header.length, 0);
  }
}

async function putInPlace(
  folder: string,
  partOf: (name: Output) => string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const sums: string[] = [];
  for (const name of outputs) sums.push(`${await sha256(partOf(name), signal)}  ${name}\n`);
  for (const name of outputs) await rename(partOf(name), path.join(folder, name));
  await writeFile(path.join(folder, sumsName), sums.join(''));
  return outputs.map((name) => path.join(folder, name));
}

async function closeAll(handles: Map<Output, FileHandle>): Promise<void> {
  for (const handle of handles.values()) await handle.close().catch(() => {});
  handles.clear();
}

/** Waits for both, so that nothing runs on; the first failure of our own outranks the stream's. */
async function settle(reading: Promise<void>, converting: Promise<void>): Promise<void> {
  const [read, converted] = await Promise.allSettled([reading, converting]);
  for (const outcome of [converted, read])
    if (outcome.status === 'rejected' && outcome.reason instanceof DataError) throw outcome.reason;
  for (const outcome of [read, converted]) if (outcome.status === 'rejected') throw outcome.reason;
}
