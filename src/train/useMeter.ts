import type { Used } from '../cost/budget';
import { isGpu, type BackendName } from '../runs/record';
import type { EnergyPart } from '../runs/energy';
import { EnergyRecorder } from './energyRecorder';
import type { FlopsSoFar } from './flopCount';

/** What an attempt uses, from its first moment on. */
export class UseMeter {
  readonly energy: EnergyRecorder;
  private readonly began = performance.now();
  private backend: BackendName | undefined;
  private flopsBefore = 0;
  private flops = 0;

  /** @param recordEnergy is called with all parts of the attempt so far */
  constructor(recordEnergy: (parts: readonly EnergyPart[]) => void) {
    this.energy = new EnergyRecorder(recordEnergy);
  }

  /** From here on the attempt computes on this backend. */
  use(backend: BackendName): void {
    this.backend = backend;
    this.energy.use(backend);
  }

  /** Training goes on from this count, which earlier attempts have used. */
  goOnFrom(flops: number): void {
    this.flopsBefore = this.flops = flops;
  }

  count({ training, evaluation }: FlopsSoFar): void {
    this.flops = training + evaluation;
  }

  used(): Used {
    const seconds = (performance.now() - this.began) / 1000;
    return {
      flops: this.flops - this.flopsBefore,
      seconds,
      gpuSeconds: isGpu(this.backend) ? seconds : 0,
      joules: this.energy.joules(),
      memoryBytes: process.memoryUsage.rss(),
    };
  }
}
