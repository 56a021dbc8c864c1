import { addParts, type EnergyPart } from '../runs/energy';
import { readCpuTime, shareOf, type CpuTime } from './cpuTime';
import { estimateCpu, estimateGpu, estimateMemory, type PowerKnowledge } from './estimate';
import { PowerIntegral, powerError, readGpuPower, type GpuPower } from './gpuPower';
import { findPowercap, powercapFolder, PowercapReader } from './powercap';

export interface MeterOptions {
  readonly known?: PowerKnowledge;
  readonly powercap?: string;
  readonly readGpus?: () => Promise<GpuPower[]>;
  readonly readCpu?: () => Promise<CpuTime>;
  /** Seconds of a clock that never goes back. */
  readonly now?: () => number;
  /** Of memory that the run has in use. */
  readonly memoryBytes?: () => number;
  readonly pid?: number;
}

/** Share of the machine's busy time from which on all that it draws counts as the run's. */
const alone = 0.95;

/**
 * What one process uses, sample by sample: measured where the machine has meters that may be read, estimated where
 * not, and told apart. What others on the machine have to answer for is left to them.
 */
export class EnergyMeter {
  private parts: EnergyPart[] = [];
  private lastCpu: CpuTime;
  private lastAt: number;
  private onGpu = false;
  private readonly gpus = new Map<string, PowerIntegral>();

  private constructor(
    private readonly options: Required<MeterOptions>,
    private readonly counters: PowercapReader,
    cpu: CpuTime,
  ) {
    this.lastCpu = cpu;
    this.lastAt = options.now();
  }

  static async begin(given: MeterOptions = {}): Promise<EnergyMeter> {
    const options = {
      known: {},
      powercap: powercapFolder,
      readGpus: readGpuPower,
      readCpu: () => readCpuTime(),
      now: () => performance.now() / 1000,
      memoryBytes: () => process.memoryUsage.rss(),
      pid: process.pid,
      ...given,
    };
    const counters = new PowercapReader((await findPowercap(options.powercap)).zones);
    const meter = new EnergyMeter(options, counters, await options.readCpu());
    await meter.counters.read(meter.lastAt);
    return meter;
  }

  /** Whether the process computes on a GPU, whose energy counts from now on. */
  async watchGpu(gpu: boolean): Promise<void> {
    await this.sample();
    this.onGpu = gpu;
    if (gpu) await this.gpuParts(this.lastAt, 0);
  }

  /** Takes a sample; all that was used since the beginning. */
  async sample(): Promise<readonly EnergyPart[]> {
    const { options } = this;
    const cpu = await options.readCpu();
    const at = options.now();
    const seconds = at - this.lastAt;
    const before = this.lastCpu;
    if (!(seconds > 0)) return this.parts;
    this.lastCpu = cpu;
    this.lastAt = at;
    const counted = await this.counters.read(at);
    const share = shareOf(before, cpu);
    const busy = Math.max(0, cpu.own - before.own);
    const news: EnergyPart[] = [
      counted.cpu === undefined
        ? estimateCpu(busy, seconds, options.known)
        : measured('cpu', counted.cpu, share, seconds),
      counted.memory === undefined
        ? estimateMemory(options.memoryBytes(), seconds)
        : measured('memory', counted.memory, share, seconds),
      ...(this.onGpu ? await this.gpuParts(at, seconds) : []),
    ];
    this.parts = addParts([...this.parts, ...news.filter((part) => part.seconds > 0)]);
    return this.parts;
  }

  private async gpuParts(at: number, seconds: number): Promise<EnergyPart[]> {
    const { known, pid, readGpus } = this.options;
    const all = await readGpus().catch(() => undefined);
    if (!all || all.length === 0) return [estimateGpu(undefined, seconds, known)];
    return usedBy(pid, all).map((gpu) => {
      const integral = this.gpus.get(gpu.uuid) ?? new PowerIntegral();
      this.gpus.set(gpu.uuid, integral);
      const joules = integral.read(gpu.watts, at);
      if (joules === undefined) return estimateGpu(gpu.limitWatts, seconds, known);
      const sharing = Math.max(1, gpu.pids.length);
      const error = powerError(gpu);
      return {
        component: 'gpu',
        provenance: 'measured',
        source: `nvidia-smi, ${gpu.name}${sharing > 1 ? ', in equal parts among those that compute on it' : ''}`,
        joules: joules / sharing,
        low: sharing > 1 ? 0 : joules * (1 - error),
        high: joules * (1 + error),
        seconds,
      };
    });
  }
}

/** Those that say that the process computes on them; else the one that TensorFlow takes, as within a container. */
function usedBy(pid: number, gpus: readonly GpuPower[]): readonly GpuPower[] {
  const own = gpus.filter(({ pids }) => pids.includes(pid));
  if (own.length > 0) return own;
  const [visible] = process.env.CUDA_VISIBLE_DEVICES?.split(',') ?? [];
  const chosen = gpus.filter(({ uuid }, i) => visible && (visible === String(i) || uuid.startsWith(visible)));
  return chosen.length > 0 ? chosen : gpus.slice(0, 1);
}

/** From counters of the whole machine, of which this process has to answer for a share. */
function measured(component: 'cpu' | 'memory', joules: number, share: number, seconds: number): EnergyPart {
  const whole = share >= alone;
  return {
    component,
    provenance: 'measured',
    source: `energy counters (RAPL)${whole ? '' : ", by this run's share of the machine's busy time"}`,
    joules: whole ? joules : joules * share,
    // What the machine draws while idle is nobody's: it may count as the run's, or not at all.
    low: whole ? joules : joules * share * 0.5,
    high: joules,
    seconds,
  };
}
