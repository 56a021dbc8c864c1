import {
  parseMessage,
  runPanelStateSchema,
  toRunPanelSchema,
  type FromRunPanel,
  type RunPanelState,
  type ToRunPanel,
} from '../../src/protocol/runPanel';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

/** How the curves are shown: what survives a reload. */
export type ViewState = Omit<RunPanelState, 'runDirectory'>;

/** The extension's side, as the page sees it. */
export class Host {
  private readonly api = acquireVsCodeApi();
  private state: RunPanelState;

  constructor(runDirectory: string) {
    const kept = parseMessage(runPanelStateSchema, this.api.getState());
    this.state = kept?.runDirectory === runDirectory ? kept : { runDirectory };
    this.api.setState(this.state);
  }

  get view(): ViewState {
    return this.state;
  }

  keep(view: ViewState): void {
    this.state = { ...this.state, ...view };
    this.api.setState(this.state);
  }

  send(message: FromRunPanel): void {
    this.api.postMessage(message);
  }

  /** Messages that are none of ours, or malformed, are dropped. */
  onMessage(receive: (message: ToRunPanel) => void): void {
    window.addEventListener('message', (event: MessageEvent<unknown>) => {
      const message = parseMessage(toRunPanelSchema, event.data);
      if (message) receive(message);
    });
  }
}
