import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { DatasetFile } from './catalogue';
import { fileProblem } from './fileProblem';

/** A mirror did not deliver. `again`: the same mirror may, a little later. */
export class MirrorError extends Error {
  override readonly name = 'MirrorError';
  constructor(
    message: string,
    readonly again: boolean,
    /** The network itself seems to be missing. */
    readonly offline = false,
  ) {
    super(message);
  }
}

export interface TransferOptions {
  readonly signal?: AbortSignal;
  /** Give up on a connection that sends nothing for so long. */
  readonly stallMilliseconds: number;
  /** Bytes of the file on disk so far. */
  onBytes(bytes: number): void;
}

/** What the part on disk was fetched from, to ask the server whether it still has the same file. */
interface PartOrigin {
  readonly url: string;
  readonly etag: string;
}

/**
 * Fetches one file into `part`, continuing where an earlier attempt stopped. Resolves once all bytes are there (not
 * yet verified); rejects with {@link MirrorError}, with {@link DataError} where the disk refuses, or with the
 * signal's reason; what was received stays in `part` in every case.
 */
export async function transfer(
  url: string,
  file: DatasetFile,
  part: string,
  options: TransferOptions,
): Promise<void> {
  options.signal?.throwIfAborted();
  let have = await sizeOf(part);
  if (have > file.bytes) {
    await discardPart(part);
    have = 0;
  }
  options.onBytes(have);
  if (have === file.bytes) return;

  const stall = new Stall(options);
  try {
    const response = await request(url, have, await readOrigin(part), stall, options);
    const start = firstByte(response, have, file);
    const etag = response.headers.get('etag');
    await saveOrigin(part, etag && !etag.startsWith('W/') ? { url, etag } : undefined);
    await receive(response, start, file, part, stall, options);
  } finally {
    stall.end();
  }
}

/** Removes a part and what is known of it. */
export async function discardPart(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(originPath(part), { force: true });
}

/** Size in bytes; 0 where there is no file. */
export async function sizeOf(name: string): Promise<number> {
  try {
    return (await stat(name)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw fileProblem(error, name, 'read');
  }
}

/** SHA-256 of a file, in lower-case hexadecimal. */
export async function sha256(name: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const chunks = createReadStream(name, { highWaterMark: 1 << 20, ...(signal && { signal }) });
  for await (const chunk of chunks) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function request(
  url: string,
  have: number,
  origin: PartOrigin | undefined,
  stall: Stall,
  options: TransferOptions,
): Promise<Response> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (have > 0) headers.range = `bytes=${have}-`;
  if (have > 0 && origin?.url === url) headers['if-range'] = origin.etag;
  try {
    return await fetch(url, { headers, signal: stall.signal, redirect: 'follow' });
  } catch (error) {
    throw networkProblem(error, stall, options);
  }
}

/** The byte of the file that the response starts with; throws where it is not this file at all. */
function firstByte(response: Response, have: number, file: DatasetFile): number {
  const { status } = response;
  const again = status >= 500 || status === 408 || status === 425 || status === 429;
  if (status !== 200 && status !== 206)
    throw new MirrorError(`HTTP ${status}${response.statusText ? ` ${response.statusText}` : ''}`, again);
  const encoding = response.headers.get('content-encoding');
  if (encoding && encoding !== 'identity')
    throw new MirrorError(`it sends the file re-encoded (${encoding})`, false);

  if (status === 206) {
    const range = response.headers.get('content-range') ?? '';
    const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range) ?? [];
    if (Number(from) !== have || (total !== '*' && Number(total) !== file.bytes))
      throw new MirrorError(
        `asked for bytes ${have} to ${file.bytes - 1} of ${file.bytes}, it offers '${range}'`,
        false,
      );
    return have;
  }
  const length = response.headers.get('content-length');
  if (length !== null && Number(length) !== file.bytes)
    throw new MirrorError(`its file has ${length} bytes; expected ${file.bytes}`, false);
  return 0;
}

async function receive(
  response: Response,
  start: number,
  file: DatasetFile,
  part: string,
  stall: Stall,
  options: TransferOptions,
): Promise<void> {
  let have = start;
  const handle = await open(part, start > 0 ? 'r+' : 'w').catch((error: unknown) => {
    throw fileProblem(error, part, 'write');
  });
  const chunks = response.body?.getReader();
  try {
    for (;;) {
      let next: { readonly done: boolean; readonly value?: Uint8Array } | undefined;
      try {
        next = await chunks?.read();
      } catch (error) {
        throw networkProblem(error, stall, options, `after ${have} of ${file.bytes} bytes`);
      }
      const chunk = next?.value;
      if (!chunk) break;
      stall.alive();
      if (have + chunk.length > file.bytes)
        throw new MirrorError(`it sends more than the expected ${file.bytes} bytes`, false);
      await writeAll(handle, chunk, have, part);
      have += chunk.length;
      options.onBytes(have);
    }
    if (have < file.bytes)
      throw new MirrorError(`the connection ended after ${have} of ${file.bytes} bytes`, true);
    await handle.sync();
  } finally {
    void chunks?.cancel().catch(() => {});
    await handle.close();
  }
}

async function writeAll(
  handle: Awaited<ReturnType<typeof open>>,
  chunk: Uint8Array,
  position: number,
  part: string,
): Promise<void> {
  try {
    for (let done = 0; done < chunk.length;)
      done += (await handle.write(chunk, done, chunk.length - done, position + done)).bytesWritten;
  } catch (error) {
    throw fileProblem(error, part, 'write');
  }
}

/** Aborts a connection that has gone quiet, or when the caller says so. */
class Stall {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  happened = false;
  private readonly stop = () => this.controller.abort(this.options.signal?.reason);

  constructor(private readonly options: TransferOptions) {
    options.signal?.addEventListener('abort', this.stop);
    this.alive();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  alive(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.happened = true;
      this.controller.abort();
    }, this.options.stallMilliseconds);
  }

  end(): void {
    clearTimeout(this.timer);
    this.options.signal?.removeEventListener('abort', this.stop);
  }
}

function networkProblem(error: unknown, stall: Stall, options: TransferOptions, when = ''): unknown {
  if (options.signal?.aborted) return options.signal.reason;
  const after = when && ` ${when}`;
  if (stall.happened)
    return new MirrorError(`nothing came for ${options.stallMilliseconds / 1000} seconds${after}`, true);
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  const code = cause?.code ?? '';
  const text = networkReasons[code] ?? cause?.message ?? (error as Error).message;
  return new MirrorError(
    `${text}${after}${code ? ` (${code})` : ''}`,
    code !== 'ENOTFOUND' && !/CERT|TLS|SSL/.test(code),
    offlineCodes.has(code),
  );
}

const networkReasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name cannot be resolved',
  EAI_AGAIN: 'the name cannot be resolved at the moment',
  ENETUNREACH: 'the network cannot be reached',
  EHOSTUNREACH: 'the host cannot be reached',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ETIMEDOUT: 'the connection could not be made in time',
  UND_ERR_CONNECT_TIMEOUT: 'the connection could not be made in time',
};

const offlineCodes = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH']);

function originPath(part: string): string {
  return `${part}.json`;
}

async function readOrigin(part: string): Promise<PartOrigin | undefined> {
  try {
    const { url, etag } = JSON.parse(await readFile(originPath(part), 'utf8')) as Partial<PartOrigin>;
    return typeof url === 'string' && typeof etag === 'string' ? { url, etag } : undefined;
  } catch {
    return undefined; // Without it the range is asked for unconditionally, and the checksum decides.
  }
}

async function saveOrigin(part: string, origin: PartOrigin | undefined): Promise<void> {
  try {
    if (origin) await writeFile(originPath(part), JSON.stringify(origin));
    else await rm(originPath(part), { force: true });
  } catch (error) {
    throw fileProblem(error, originPath(part), 'write');
  }
}
