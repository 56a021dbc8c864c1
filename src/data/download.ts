import { mkdir, rename, rm, stat, statfs } from 'node:fs/promises';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { catalogue as publicCatalogue, type Catalogue, type Dataset, type DatasetFile } from './catalogue';
import { convertCifar, convertedBytes, convertedIsComplete } from './cifar';
import { fileProblem } from './fileProblem';
import { discardPart, MirrorError, sha256, sizeOf, transfer } from './transfer';
import { DataError } from './types';

export interface DownloadProgress {
  readonly dataset: string;
  /** What is being done to which file. */
  readonly doing: 'downloading' | 'verifying' | 'unpacking';
  readonly file: string;
  readonly fileBytes: number;
  readonly fileTotalBytes: number;
  /** Over all files of the dataset, what was there already included. */
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface DownloadOptions {
  /** Called at most every 100 ms for one file, and at each file's start and end. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Aborting rejects with its reason and keeps what was received, to be continued by the next call. */
  readonly signal?: AbortSignal;
  /** Default: the public datasets. */
  readonly catalogue?: Catalogue;
  /** Further attempts at a mirror that breaks off, without progress between them; default 3. */
  readonly retries?: number;
  /** Give up on a connection that sends nothing for so long; default 30,000. */
  readonly stallMilliseconds?: number;
  /** Wait before the first further attempt, doubled for each; default 500. */
  readonly retryMilliseconds?: number;
}

export interface DownloadResult {
  readonly folder: string;
  /** Absolute paths that now hold the dataset. */
  readonly files: readonly string[];
  /** False where everything was there already and verified. */
  readonly downloaded: boolean;
  /** Files that had a name of the dataset but another content, under the names they have now. */
  readonly movedAside: readonly string[];
}

const running = new Set<string>();

/**
 * Downloads a dataset by name into `folder` (made where needed) from its public mirrors, so that `idx(folder)` or
 * `text(folder + '/input.txt')` reads it. Each file is checked against its pinned size and SHA-256 before it gets
 * its name; files already there are verified and kept; an interrupted download continues where it stopped.
 *
 * Rejects with {@link DataError}: unknown name, no network, no mirror has the file, wrong checksum, full disk,
 * missing rights; or with the signal's reason.
 */
export async function download(
  name: string,
  folder: string,
  options: DownloadOptions = {},
): Promise<DownloadResult> {
  const known = options.catalogue ?? publicCatalogue;
  const dataset = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!dataset)
    throw new DataError(`there is no dataset called '${name}'; there are ${Object.keys(known).join(', ')}.`);
  const absolute = path.resolve(folder);
  if (running.has(absolute)) throw new DataError(`a download into ${absolute} is already under way.`);
  running.add(absolute);
  try {
    return await new Download(name, dataset, absolute, options).run();
  } finally {
    running.delete(absolute);
  }
}

class Download {
  private readonly movedAside: string[] = [];
  private readonly totalBytes: number;
  private finishedBytes = 0;
  private reportedAt = 0;

  constructor(
    private readonly name: string,
    private readonly dataset: Dataset,
    private readonly folder: string,
    private readonly options: DownloadOptions,
  ) {
    this.totalBytes = dataset.files.reduce((sum, file) => sum + file.bytes, 0);
  }

  async run(): Promise<DownloadResult> {
    this.options.signal?.throwIfAborted();
    await mkdir(this.folder, { recursive: true }).catch((error: unknown) => {
      throw fileProblem(error, this.folder, 'write');
    });
    const { archive } = this.dataset;
    const converted = archive && (await convertedIsComplete(this.folder));
    if (converted) return this.result(converted, false);

    const wanted: DatasetFile[] = [];
    for (const file of this.dataset.files) {
      if (await this.isPresent(file)) this.finishedBytes += file.bytes;
      else wanted.push(file);
    }
    await this.requireSpace(wanted);
    for (const file of wanted) {
      await this.fetch(file);
      this.finishedBytes += file.bytes;
    }
    const files = this.dataset.files.map((file) => this.pathOf(file));
    if (!archive) return this.result(files, wanted.length > 0);

    const [packed] = this.dataset.files as [DatasetFile];
    this.report('unpacking', packed, packed.bytes, true);
    const made = await convertCifar(this.pathOf(packed), this.folder, archive, this.options.signal);
    await rm(this.pathOf(packed));
    return this.result(made, true);
  }

  private async isPresent(file: DatasetFile): Promise<boolean> {
    const name = this.pathOf(file);
    const there = await stat(name).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw fileProblem(error, name, 'read');
    });
    if (!there) return false;
    if (!there.isFile())
      throw new DataError(`${name} is in the way: it is not a file. Choose another folder.`);
    if (there.size !== file.bytes) return false;
    this.report('verifying', file, file.bytes, true);
    return (await this.digest(name)) === file.sha256;
  }

  private async fetch(file: DatasetFile): Promise<void> {
    const part = `${this.pathOf(file)}.part`;
    const problems: string[] = [];
    let offline = 0;
    for (const url of file.urls) {
      try {
        await this.fetchFrom(url, file, part);
        await this.putInPlace(part, file);
        return;
      } catch (error) {
        if (!(error instanceof MirrorError)) throw error;
        problems.push(`  ${url}: ${error.message}`);
        if (error.offline) offline++;
      }
    }
    throw new DataError(
      `${this.name}: ${file.name} could not be downloaded` +
        `${offline === file.urls.length ? ': there seems to be no network' : ' from any mirror'}:\n` +
        `${problems.join('\n')}\n` +
        `Try again later (what was received is kept), or put the file at ${this.pathOf(file)} yourself.${proxyHint()}`,
    );
  }

  private async fetchFrom(url: string, file: DatasetFile, part: string): Promise<void> {
    const { retries = 3, retryMilliseconds = 500, stallMilliseconds = 30_000, signal } = this.options;
    const restartable = (await sizeOf(part)) > 0;
    for (let failures = 0; ;) {
      const before = await sizeOf(part);
      try {
        await transfer(url, file, part, {
          stallMilliseconds,
          ...(signal && { signal }),
          onBytes: (bytes) =>
            this.report('downloading', file, bytes, bytes === before || bytes === file.bytes),
        });
        break;
      } catch (error) {
        if (!(error instanceof MirrorError) || !error.again) throw error;
        failures = (await sizeOf(part)) > before ? 1 : failures + 1;
        if (failures > retries) throw error;
        await delay(retryMilliseconds * 2 ** (failures - 1), undefined, signal && { signal });
      }
    }
    this.report('verifying', file, file.bytes, true);
    const found = await this.digest(part);
    if (found === file.sha256) return;
    await discardPart(part);
    // A part left by another attempt may be what is wrong, not the mirror.
    if (restartable) return this.fetchFrom(url, file, part);
    throw new MirrorError(`wrong checksum: expected SHA-256 ${file.sha256}, got ${found}`, false);
  }

  private async putInPlace(part: string, file: DatasetFile): Promise<void> {
    const name = this.pathOf(file);
    try {
      const aside = await moveAside(name);
      if (aside) this.movedAside.push(aside);
      await rename(part, name);
      await discardPart(part);
    } catch (error) {
      throw error instanceof DataError ? error : fileProblem(error, name, 'write');
    }
  }

  /** Noticing a full disk before half an hour of downloading; a system that cannot say is taken at its word later. */
  private async requireSpace(wanted: readonly DatasetFile[]): Promise<void> {
    let needed = this.dataset.archive ? convertedBytes(this.dataset.archive) : 0;
    for (const file of wanted) needed += file.bytes - (await sizeOf(`${this.pathOf(file)}.part`));
    const space = await statfs(this.folder).catch(() => undefined);
    const free = space && space.bavail * space.bsize;
    if (free !== undefined && free < needed)
      throw new DataError(
        `${this.folder}: not enough room for ${this.name}: ${megabytes(needed)} needed, ${megabytes(free)} free.`,
      );
  }

  private async digest(name: string): Promise<string> {
    const { signal } = this.options;
    try {
      return await sha256(name, signal);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw fileProblem(error, name, 'read');
    }
  }

  private report(
    doing: DownloadProgress['doing'],
    file: DatasetFile,
    fileBytes: number,
    always: boolean,
  ): void {
    const now = performance.now();
    if (!always && now - this.reportedAt < 100) return;
    this.reportedAt = now;
    this.options.onProgress?.({
      dataset: this.name,
      doing,
      file: file.name,
      fileBytes,
      fileTotalBytes: file.bytes,
      bytes: Math.min(this.totalBytes, this.finishedBytes + (doing === 'unpacking' ? 0 : fileBytes)),
      totalBytes: this.totalBytes,
    });
  }

  private pathOf(file: DatasetFile): string {
    return path.join(this.folder, file.name);
  }

  private result(files: readonly string[], downloaded: boolean): DownloadResult {
    return { folder: this.folder, files, downloaded, movedAside: this.movedAside };
  }
}

/** Renames a file that would be overwritten; undefined where there is none. */
async function moveAside(name: string): Promise<string | undefined> {
  for (let i = 1; ; i++) {
    const aside = `${name}.old${i > 1 ? i : ''}`;
    if ((await sizeOf(aside)) > 0) continue;
    try {
      await rename(name, aside);
      return aside;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}

function proxyHint(): string {
  const { HTTPS_PROXY, https_proxy, NODE_USE_ENV_PROXY } = process.env;
  return (HTTPS_PROXY || https_proxy) && !NODE_USE_ENV_PROXY
    ? ' A proxy is set in HTTPS_PROXY, which Node uses only with NODE_USE_ENV_PROXY=1 (from Node 22.21).'
    : '';
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6).toLocaleString('en-US')} MB`;
}
