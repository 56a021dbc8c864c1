import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the server serves one path. */
export interface Served {
  readonly body: Buffer;
  /** Answers Range requests; default true. */
  readonly ranges?: boolean;
  readonly etag?: string;
  /** Cuts the connection after so many bytes of the body, as often as the list is long. */
  readonly cutAfter?: number[];
  /** Sends so many bytes and then nothing more. */
  readonly hangAfter?: number;
  /** Answers with these statuses first. */
  readonly statuses?: number[];
  /** Sends the body in chunks without saying how long it is. */
  readonly unsized?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A loopback HTTP server with the manners and the misbehaviour of public mirrors. */
export class DataServer {
  readonly files = new Map<string, Served>();
  readonly requests: { path: string; range: string | undefined; ifRange: string | undefined }[] = [];
  /** Bytes of bodies handed to the network. */
  sentBytes = 0;
  private readonly server: Server = createServer((request, response) => this.answer(request, response));

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    const { range } = request.headers;
    const ifRange = request.headers['if-range'] as string | undefined;
    this.requests.push({ path, range, ifRange });
    const file = this.files.get(path);
    const status = file ? file.statuses?.shift() : 404;
    if (!file || status !== undefined) {
      response.writeHead(status ?? 404).end('<html>sorry</html>');
      return;
    }
    const { body, etag } = file;
    const from = /^bytes=(\d+)-$/.exec(range ?? '')?.[1];
    const partial =
      from !== undefined && file.ranges !== false && (ifRange === undefined || ifRange === etag);
    const content = partial ? body.subarray(Number(from)) : body;
    response.writeHead(partial ? 206 : 200, {
      ...(etag && { etag }),
      ...(!file.unsized && { 'content-length': content.length }),
      ...(partial && { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` }),
      ...file.headers,
    });
    const cut = file.cutAfter?.shift();
    if (cut !== undefined) {
      this.sentBytes += cut;
      response.write(content.subarray(0, cut), () => setTimeout(() => request.socket.destroy(), 20));
    } else if (file.hangAfter !== undefined) {
      response.write(content.subarray(0, file.hangAfter));
    } else {
      this.sentBytes += content.length;
      response.end(content);
    }
  }
}

export function sha256Of(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}
