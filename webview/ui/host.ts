import type * as v from 'valibot';
import { parseMessage } from '../../src/protocol/runPanel';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

/** The extension's side, as the page of a run sees it: what it sends, what it is sent, and what survives a reload. */
export class Host<State extends v.GenericSchema<{ runDirectory: string }>, To extends v.GenericSchema, From> {
  private readonly api = acquireVsCodeApi();
  private state: v.InferOutput<State>;

  constructor(
    runDirectory: string,
    stateSchema: State,
    private readonly messageSchema: To,
  ) {
    const kept = parseMessage(stateSchema, this.api.getState());
    this.state = kept?.runDirectory === runDirectory ? kept : { runDirectory };
    this.api.setState(this.state);
  }

  get view(): Omit<v.InferOutput<State>, 'runDirectory'> {
    return this.state;
  }

  keep(view: Partial<Omit<v.InferOutput<State>, 'runDirectory'>>): void {
    this.state = { ...this.state, ...view };
    this.api.setState(this.state);
  }

  send(message: From): void {
    this.api.postMessage(message);
  }

  /** Messages that are none of ours, or malformed, are dropped. */
  onMessage(receive: (message: v.InferOutput<To>) => void): void {
    window.addEventListener('message', (event: MessageEvent<unknown>) => {
      const message = parseMessage(this.messageSchema, event.data);
      if (message !== undefined) receive(message);
    });
  }
}
