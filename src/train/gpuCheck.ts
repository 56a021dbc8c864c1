import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

export interface Gpu {
  readonly name: string;
  /** Version of NVIDIA's driver. */
  readonly driver: string;
  /** Such as 8.6; absent where the driver is too old to say. */
  readonly computeCapability?: number;
}

/** What a machine has of what TensorFlow needs to compute on an NVIDIA GPU. */
export interface CudaMachine {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** What nvidia-smi lists, or why it lists nothing. */
  readonly gpus: readonly Gpu[] | string;
  /** File names of the libraries below that the loader finds. */
  readonly libraries: ReadonlySet<string>;
}

export interface Finding {
  /** `blocks`: with this, training on the GPU cannot work. */
  readonly kind: 'fine' | 'warns' | 'blocks';
  readonly text: string;
}

interface Needed {
  readonly what: string;
  readonly linux: string;
  readonly windows: string;
}
/** What libtensorflow 2.9.1 loads when it starts on a GPU: CUDA 11 and cuDNN 8, by their file names. */
const needed: readonly Needed[] = [
  { what: 'CUDA 11 runtime', linux: 'libcudart.so.11.0', windows: 'cudart64_110.dll' },
  { what: 'cuBLAS 11', linux: 'libcublas.so.11', windows: 'cublas64_11.dll' },
  { what: 'cuBLASLt 11', linux: 'libcublasLt.so.11', windows: 'cublasLt64_11.dll' },
  { what: 'cuFFT 10', linux: 'libcufft.so.10', windows: 'cufft64_10.dll' },
  { what: 'cuRAND 10', linux: 'libcurand.so.10', windows: 'curand64_10.dll' },
  { what: 'cuSOLVER 11', linux: 'libcusolver.so.11', windows: 'cusolver64_11.dll' },
  { what: 'cuSPARSE 11', linux: 'libcusparse.so.11', windows: 'cusparse64_11.dll' },
  { what: 'cuDNN 8', linux: 'libcudnn.so.8', windows: 'cudnn64_8.dll' },
];
/** CUDA 11.2 runs on drivers from 450.80.02 (Linux) and 452.39 (Windows) on: release notes, table 3. */
const oldestDriver = { linux: '450.80.02', win32: '452.39' };
/** libtensorflow 2.9.1 holds code for 3.5 to 7.5, and PTX of 8.0 that drivers compile for later ones, but 10.0 and 12.0 refuse. */
const capabilities = { least: 3.5, compiledFrom: 8, refusedFrom: 10 };

const query = '--format=csv,noheader';

/** Asks nvidia-smi and the loader of this machine. */
export async function lookAtMachine(): Promise<CudaMachine> {
  return {
    platform: process.platform,
    arch: process.arch,
    gpus: await listGpus(),
    libraries: await libraries(),
  };
}

/** GPUs as nvidia-smi lists them, or why it does not. */
async function listGpus(): Promise<readonly Gpu[] | string> {
  const ask = async (fields: string) => {
    const programs = ['nvidia-smi', '/usr/lib/wsl/lib/nvidia-smi'];
    const program = programs.find((each) => path.isAbsolute(each) && fs.existsSync(each)) ?? 'nvidia-smi';
    const options = { timeout: 20_000, windowsHide: true };
    return (await promisify(execFile)(program, [`--query-gpu=${fields}`, query], options)).stdout;
  };
  try {
    // Drivers before 2021 do not know the last field.
    return parseGpus(await ask('name,driver_version,compute_cap').catch(() => ask('name,driver_version')));
  } catch (error) {
    const { code, stdout, message } = error as Error & { code?: unknown; stdout?: string };
    if (code === 'ENOENT') return 'nvidia-smi was not found: no NVIDIA driver is installed';
    return `nvidia-smi failed: ${(stdout?.trim() || message).split('\n')[0]}`;
  }
}

/** @param csv lines such as `NVIDIA A100-SXM4-40GB, 535.104.05, 8.0` */
export function parseGpus(csv: string): Gpu[] {
  return csv.split(/\r?\n/).flatMap((line) => {
    const [name, driver, capability] = line.split(',').map((field) => field.trim());
    if (!name || !driver) return [];
    const computeCapability = Number.parseFloat(capability ?? '');
    return [{ name, driver, ...(Number.isFinite(computeCapability) && { computeCapability }) }];
  });
}

async function libraries(): Promise<ReadonlySet<string>> {
  const windows = process.platform === 'win32';
  const folders = ((windows ? process.env.PATH : process.env.LD_LIBRARY_PATH) ?? '').split(path.delimiter);
  const known = windows ? '' : await cachedByLoader();
  const names = needed.map((each) => (windows ? each.windows : each.linux));
  return new Set(
    names.filter(
      (name) =>
        known.includes(`\t${name} `) ||
        folders.some((folder) => folder !== '' && fs.existsSync(path.join(folder, name))),
    ),
  );
}

async function cachedByLoader(): Promise<string> {
  for (const program of ['/sbin/ldconfig', 'ldconfig']) {
    try {
      return (await promisify(execFile)(program, ['-p'], { maxBuffer: 1 << 24 })).stdout;
    } catch {
      // Not every Linux has it, or has it there.
    }
  }
  return '';
}

/**
 * Whether TensorFlow can train on an NVIDIA GPU of a machine.
 *
 * @param bundled judge for the libtensorflow 2.9.1 that tfjs-node-gpu downloads, not for one of the user's own, which
 *   needs versions of CUDA that only it knows
 */
export function judgeCuda(machine: CudaMachine, bundled: boolean): Finding[] {
  const { platform, arch, gpus } = machine;
  if (platform === 'darwin')
    return [blocks('TensorFlow has no CUDA on macOS: choose webgpu, which uses Metal.')];
  if (bundled && (arch !== 'x64' || (platform !== 'linux' && platform !== 'win32')))
    return [
      blocks(
        `There is no libtensorflow with CUDA to download for ${platform} ${arch}, only for x64 Linux and Windows.`,
      ),
    ];
  if (typeof gpus === 'string') return [blocks(`No NVIDIA GPU can be used: ${gpus}.`)];
  if (gpus.length === 0) return [blocks('nvidia-smi lists no GPU.')];
  return [
    ...gpus.map((gpu) => judgeGpu(gpu, bundled, platform)),
    ...(bundled ? judgeLibraries(machine) : []),
  ];
}

function judgeGpu(gpu: Gpu, bundled: boolean, platform: NodeJS.Platform): Finding {
  const { name, driver, computeCapability: capability } = gpu;
  const described = `${name}, driver ${driver}, compute capability ${capability?.toFixed(1) ?? 'unknown'}`;
  if (!bundled) return { kind: 'fine', text: `${described}.` };
  const oldest = platform === 'win32' ? oldestDriver.win32 : oldestDriver.linux;
  if (isOlder(driver, oldest))
    return blocks(`${described}: CUDA 11.2 needs a driver of version ${oldest} or later. Update the driver.`);
  if (capability === undefined) return { kind: 'fine', text: `${described}.` };
  if (capability < capabilities.least)
    return blocks(`${described}: TensorFlow 2.9 supports ${capabilities.least} and later.`);
  if (capability >= capabilities.refusedFrom)
    return blocks(
      `${described}: newer than CUDA 11.2 can be compiled for; it ends in CUDA_ERROR_INVALID_PTX. ` +
        'Choose webgpu, or bring a newer libtensorflow.',
    );
  if (capability >= capabilities.compiledFrom)
    return warns(
      `${described}: the driver compiles TensorFlow's kernels for it at the first start, for minutes.`,
    );
  return { kind: 'fine', text: `${described}.` };
}

function isOlder(version: string, than: string): boolean {
  return version.localeCompare(than, 'en', { numeric: true }) < 0;
}

function judgeLibraries({ libraries: found, platform }: CudaMachine): Finding[] {
  const nameOf = (each: Needed) => (platform === 'win32' ? each.windows : each.linux);
  const missing = needed.filter((each) => !found.has(nameOf(each)));
  if (missing.length === 0)
    return [{ kind: 'fine', text: 'CUDA 11 and cuDNN 8 are on the path of the loader.' }];
  const list = missing.map((each) => `${nameOf(each)} (${each.what})`).join(', ');
  const where = platform === 'win32' ? 'PATH' : 'LD_LIBRARY_PATH or in the cache of ldconfig';
  return [
    blocks(`Not on ${where}: ${list}. Install CUDA 11.2 and cuDNN 8.1; CUDA 12 does not stand in for them.`),
  ];
}

const blocks = (text: string): Finding => ({ kind: 'blocks', text });
const warns = (text: string): Finding => ({ kind: 'warns', text });
