import { runPanelStateSchema, toRunPanelSchema, type FromRunPanel } from '../../src/protocol/runPanel';
import { Host } from '../ui/host';

/** The extension's side, as the page of the run panel sees it. */
export class RunHost extends Host<typeof runPanelStateSchema, typeof toRunPanelSchema, FromRunPanel> {
  constructor(runDirectory: string) {
    super({ runDirectory }, runPanelStateSchema, toRunPanelSchema);
  }
}
