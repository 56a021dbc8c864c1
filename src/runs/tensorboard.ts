import os from 'node:os';
import path from 'node:path';
import crc32c from 'crc-32/crc32c';
import { Writer } from 'protobufjs/minimal';
import { AppendFile } from './appendFile';

/**
 * Writes scalars as TensorBoard reads them: TFRecords of `Event` messages (tensorflow/core/util/event.proto and
 * tensorflow/core/framework/summary.proto), one file an attempt, beside the run's other files.
 */
export class TensorBoardWriter {
  private readonly file: AppendFile;
  private begun = false;

  constructor(directory: string, attempt: number) {
    const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, '0');
    const name = `events.out.tfevents.${seconds}.${os.hostname()}.${process.pid}.${attempt}`;
    this.file = new AppendFile(path.join(directory, name));
  }

  /** @param milliseconds wall time since the Unix epoch */
  scalar(tag: string, step: number, value: number, milliseconds = Date.now()): void {
    if (!this.begun) {
      this.begun = true;
      // Event.file_version: TensorBoard takes the file for version 2 by this first record.
      this.file.append(
        tfRecord(event(milliseconds, 0, (w) => w.uint32(tagOf(3, 2)).string('brain.Event:2'))),
      );
    }
    this.file.append(tfRecord(event(milliseconds, step, (w) => writeScalarSummary(w, tag, value))));
  }

  flush(): Promise<void> {
    return this.file.flush();
  }

  close(): Promise<void> {
    return this.file.close();
  }

  flushSync(): void {
    this.file.flushSync();
  }
}

/**
 * One record of a TFRecord file: length and data, each followed by its masked CRC (tensorflow/core/lib/io/
 * record_writer.cc). Integers are little-endian.
 */
function tfRecord(data: Uint8Array): Buffer {
  const record = Buffer.alloc(8 + 4 + data.length + 4);
  record.writeBigUInt64LE(BigInt(data.length), 0);
  record.writeUInt32LE(maskedCrc32c(record.subarray(0, 8)), 8);
  record.set(data, 12);
  record.writeUInt32LE(maskedCrc32c(data), 12 + data.length);
  return record;
}

/** CRC-32C (RFC 3720, appendix B.4), rotated and offset so that a CRC of data with CRCs in it stays sound. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c.buf(bytes) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** Event: wall_time = 1 (double, seconds), step = 2 (int64), then one of its payloads. */
function event(milliseconds: number, step: number, payload: (writer: Writer) => void): Uint8Array {
  const writer = Writer.create();
  writer.uint32(tagOf(1, 1)).double(milliseconds / 1000);
  if (step > 0) writer.uint32(tagOf(2, 0)).int64(step);
  payload(writer);
  return writer.finish();
}

/** Event.summary = 5: Summary.value = 1: Value.tag = 1, Value.simple_value = 2 (float). */
function writeScalarSummary(writer: Writer, tag: string, value: number): void {
  writer.uint32(tagOf(5, 2)).fork();
  writer.uint32(tagOf(1, 2)).fork();
  writer.uint32(tagOf(1, 2)).string(tag);
  writer.uint32(tagOf(2, 5)).float(value);
  writer.ldelim().ldelim();
}

/** Field number and wire type: 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes. */
function tagOf(field: number, wireType: 0 | 1 | 2 | 5): number {
  return field * 8 + wireType;
}
