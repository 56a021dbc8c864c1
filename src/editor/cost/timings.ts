import * as vscode from 'vscode';
import type { DeviceProfile } from '../../cost/deviceProfile';
import type { BackendName } from '../../runs/record';
import type { RunSummary } from '../../runs/runIndex';
import { predictedDevice } from '../../train/predictedDevice';
import { lastRunOf, runTiming, type RunTiming } from '../../train/runTiming';
import { Disposables } from '../disposables';
import type { RunRegistry } from '../runRegistry';
import { backendSetting } from '../settings';
import type { Timing } from './timing';
import type { ShownLine } from './traceBook';

/** What computes here. */
export interface DeviceTiming {
  readonly backend: BackendName;
  readonly profile: DeviceProfile;
}

/** What is known of the time that models take: predicted for this device, and measured in their last runs. */
export class Timings extends Disposables {
  private readonly changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.changed.event;
  private device: DeviceTiming | undefined;
  private readonly asked = new Set<string>();
  private readonly measured = new Map<string, RunTiming>();

  constructor(private readonly registry: RunRegistry) {
    super();
    this.register(registry.onDidChange(() => this.changed.fire()));
    this.register(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('computeLens.backend')) void this.refresh();
      }),
    );
    void this.refresh();
  }

  /** Reads again what is known of this device, which was calibrated or corrected. */
  async refresh(): Promise<void> {
    const known = await predictedDevice(backendSetting());
    this.device = known && { backend: known.device.backend, profile: known.profile };
    if (!this.isDisposed) this.changed.fire();
  }

  /** Answers from memory; what is not known yet is looked up, and told of when it is. */
  of({ model, entry, cost }: ShownLine): Timing {
    const { device } = this;
    // A run tells the time of its steps, and not of their layers.
    const summary = cost ? undefined : lastRunOf(model, entry, this.registry.summaries);
    const run = summary && this.measured.get(keyOf(summary));
    if (summary && !this.asked.has(keyOf(summary))) {
      this.asked.add(keyOf(summary));
      void this.read(summary);
    }
    return { device, ...(run && (!device || run.backend === device.backend) && { run }) };
  }

  private async read(summary: RunSummary): Promise<void> {
    // What cannot be read, the panel says.
    const timing = await runTiming(summary).catch(() => undefined);
    if (!timing || this.isDisposed) return;
    this.measured.set(keyOf(summary), timing);
    // The run has corrected predictions, too.
    await this.refresh();
  }
}

function keyOf({ directory, record }: RunSummary): string {
  return `${directory} ${record?.attempts.length}`;
}
