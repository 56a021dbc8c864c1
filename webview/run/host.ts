import {
  runPanelStateSchema,
  toRunPanelSchema,
  type FromRunPanel,
  type RunPanelState,
} from '../../src/protocol/runPanel';
import { Host } from '../ui/host';

/** How the curves are shown: what survives a reload. */
export type ViewState = Omit<RunPanelState, 'runDirectory'>;

/** The extension's side, as the page of the run panel sees it. */
export class RunHost extends Host<typeof runPanelStateSchema, typeof toRunPanelSchema, FromRunPanel> {
  constructor(runDirectory: string) {
    super({ runDirectory }, runPanelStateSchema, toRunPanelSchema);
  }
}
