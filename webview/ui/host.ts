import type * as v from 'valibot';
import { parseMessage } from '../../src/protocol/runPanel';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

/** The extension's side, as a page sees it: what it sends, what it is sent, and what survives a reload. */
export class Host<State extends v.GenericSchema<object>, To extends v.GenericSchema, From> {
  private readonly api = acquireVsCodeApi();
  private state: v.InferOutput<State>;

  /** @param about what the page is about; what was kept of something else is forgotten */
  constructor(
    about: v.InferOutput<State>,
    stateSchema: State,
    private readonly messageSchema: To,
  ) {
    const kept = parseMessage(stateSchema, this.api.getState());
    const same = (name: string) =>
      (kept as Readonly<Record<string, unknown>>)[name] ===
      (about as Readonly<Record<string, unknown>>)[name];
    this.state = kept && Object.keys(about).every(same) ? kept : about;
    this.api.setState(this.state);
  }

  get view(): v.InferOutput<State> {
    return this.state;
  }

  keep(view: Partial<v.InferOutput<State>>): void {
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
