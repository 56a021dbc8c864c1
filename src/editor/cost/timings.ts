import * as vscode from 'vscode';
import type { DeviceProfile } from '../../cost/deviceProfile';
import type { ModelCost } from '../../cost/modelCost';
import type { BackendName } from '../../runs/record';
import type { RunSummary } from '../../runs/runIndex';
import { surroundingsOf } from '../../cost/surroundings';
import { predictedDevice } from '../../train/predictedDevice';
import {
  predictionReport,
  predictionSources,
  type KnownDevice,
  type PredictionReport,
} from '../../train/predictionReport';
import { lastRunOf, runTiming, type RunTiming } from '../../train/runTiming';
import { Disposables } from '../disposables';
import type { RunRegistry } from '../runRegistry';
import { backendSetting, powerSettings, surroundingsSettings } from '../settings';
import type { Timing } from './timing';
import type { ShownLine } from './traceBook';

/** What computes here. */
export interface DeviceTiming {
  readonly backend: BackendName;
  readonly profile: DeviceProfile;
}

/** What a training takes here, and what energy and emissions stand on. */
export interface ExpectedTraining {
  readonly report: PredictionReport;
  readonly sources: readonly string[];
}

/** What is known of the time that models take: predicted for this device, and measured in their last runs. */
export class Timings extends Disposables {
  private readonly changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.changed.event;
  private known: KnownDevice | undefined;
  private readonly asked = new Set<string>();
  private readonly measured = new Map<string, RunTiming>();

  constructor(private readonly registry: RunRegistry) {
    super();
    this.register(registry.onDidChange(() => this.changed.fire()));
    this.register(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('computeLens.backend')) void this.refresh();
        else if (event.affectsConfiguration('computeLens.energy')) this.changed.fire();
      }),
    );
    void this.refresh();
  }

  /** Reads again what is known of this device, which was calibrated or corrected. */
  async refresh(): Promise<void> {
    this.known = await predictedDevice(backendSetting());
    if (!this.isDisposed) this.changed.fire();
  }

  /** The device that predictions are for; undefined where none was calibrated. */
  get knownDevice(): KnownDevice | undefined {
    return this.known;
  }

  /** What a training of a model takes here; undefined where nothing can be said. */
  expected(model: ModelCost): ExpectedTraining | undefined {
    if (!this.known) return undefined;
    try {
      const given = [surroundingsOf(surroundingsSettings()), powerSettings()] as const;
      const report = predictionReport(model, this.known, ...given);
      return report && { report, sources: predictionSources(model, this.known, ...given) };
    } catch {
      // A setting makes no sense: who starts a run is told.
      return undefined;
    }
  }

  /** Answers from memory; what is not known yet is looked up, and told of when it is. */
  of({ model, entry, cost }: Pick<ShownLine, 'entry' | 'cost'> & { readonly model: ModelCost }): Timing {
    const device = this.known && { backend: this.known.device.backend, profile: this.known.profile };
    // A run tells the time of its steps, and not of their layers.
    const summary = cost ? undefined : lastRunOf(model, entry, this.registry.summaries);
    const run = summary && this.measured.get(keyOf(summary));
    if (summary && !this.asked.has(keyOf(summary))) {
      this.asked.add(keyOf(summary));
      void this.read(summary);
    }
    return {
      device,
      ...(run && (!device || run.backend === device.backend) && { run }),
      ...(!cost && { training: this.expected(model) }),
    };
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
