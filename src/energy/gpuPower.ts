import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { promisify } from 'node:util';

/** What one GPU draws at a moment. */
export interface GpuPower {
  readonly uuid: string;
  readonly name: string;
  /** Undefined where the GPU does not tell. */
  readonly watts: number | undefined;
  /** The most that it is allowed to draw. */
  readonly limitWatts: number | undefined;
  /** Processes that compute on it. */
  readonly pids: readonly number[];
}

/** Longer than this between two readings, and what was drawn meanwhile is a guess. */
const longestPauseSeconds = 60;

/**
 * What the NVIDIA GPUs of this machine draw now.
 *
 * @throws Error where nvidia-smi is missing or fails
 */
export async function readGpuPower(): Promise<GpuPower[]> {
  const [gpus, processes] = await Promise.all([
    smi('--query-gpu=uuid,name,power.draw,power.limit'),
    smi('--query-compute-apps=gpu_uuid,pid').catch(() => ''),
  ]);
  return parseGpuPower(gpus, processes);
}

/**
 * @param gpus lines such as `GPU-8b1c, NVIDIA A100-SXM4-40GB, 61.39, 400.00`
 * @param processes lines such as `GPU-8b1c, 4711`
 */
export function parseGpuPower(gpus: string, processes: string): GpuPower[] {
  const computing = fields(processes);
  return fields(gpus).flatMap(([uuid, name, draw, limit]) => {
    if (!uuid || !name) return [];
    const pids = computing.filter(([on]) => on === uuid).map(([, pid]) => Number(pid));
    return [
      { uuid, name, watts: watts(draw), limitWatts: watts(limit), pids: pids.filter(Number.isInteger) },
    ];
  });
}

/** Energy from readings of power: between two readings, the mean of both. */
export class PowerIntegral {
  private last: { watts: number; at: number } | undefined;

  /** @returns joules since the reading before; undefined where there was none, or too long ago */
  read(watts: number | undefined, at: number): number | undefined {
    if (watts === undefined) return undefined;
    const { last } = this;
    this.last = { watts, at };
    if (!last || at <= last.at || at - last.at > longestPauseSeconds) return undefined;
    return ((last.watts + watts) / 2) * (at - last.at);
  }
}

/**
 * How far a reading may be off, as a share: NVIDIA's sensors see 5 %; those of A100 and H100 see a quarter of the
 * time, so that what a short burst draws is missed or counted four times.
 */
export function powerError({ name }: Pick<GpuPower, 'name'>): number {
  return /\b[AH][12]00\b/.test(name) ? 0.25 : 0.05;
}

async function smi(query: string): Promise<string> {
  const wsl = '/usr/lib/wsl/lib/nvidia-smi';
  const program = fs.existsSync(wsl) ? wsl : 'nvidia-smi';
  const options = { timeout: 10_000, windowsHide: true };
  return (await promisify(execFile)(program, [query, '--format=csv,noheader,nounits'], options)).stdout;
}

function fields(csv: string): string[][] {
  const lines = csv.split(/\r?\n/).filter((line) => line.trim() !== '');
  return lines.map((line) => line.split(',').map((field) => field.trim()));
}

function watts(text: string | undefined): number | undefined {
  const value = Number(text);
  return text && Number.isFinite(value) && value >= 0 ? value : undefined;
}
