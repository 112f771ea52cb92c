import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { Pipe } from './tcp-pipe.js';

/** `requests`: client to server. `replies`: server to client. */
export type Direction = 'requests' | 'replies';

/** Whether a chunk of bytes sent by a client is the one a fault waits for. */
export type RequestMatch = (chunk: Buffer) => boolean;

/**
 * A TCP proxy on loopback that plays a bad network. All faults act on the connections that exist when they are called;
 * `delay`, `hold` and `refuse` also on later ones, until taken back.
 */
export class TcpProxy {
  private readonly pairs = new Set<Pair>();
  private server: Server;
  private delayMs = 0;
  private readonly held = new Set<Direction>();

  private constructor(
    private readonly upstream: { host: string; port: number },
    /** Where clients connect. */
    readonly port: number,
    server: Server,
  ) {
    this.server = this.serve(server);
  }

  /** Listens on a free port of 127.0.0.1 in front of `host:port`. */
  static async start(upstreamAddr: string): Promise<TcpProxy> {
    const [host = '127.0.0.1', port = '6379'] = upstreamAddr.split(':');
    const server = createServer();
    await listen(server, 0);
    return new TcpProxy({ host, port: Number(port) }, (server.address() as AddressInfo).port, server);
  }

  /** `host:port`. */
  get addr(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** How many clients are connected now. */
  get connections(): number {
    return this.pairs.size;
  }

  /** Resets every connection (RST at both ends). Clients may come back at once. */
  cut(): void {
    for (const pair of this.pairs) pair.cut();
  }

  /** Refuses new connections (ECONNREFUSED); existing ones live on. */
  async refuse(): Promise<void> {
    if (this.server.listening) this.server.close(); // no wait: "closed" comes only after the last connection
  }

  /** Takes new connections again. */
  async accept(): Promise<void> {
    if (this.server.listening) return;
    const server = createServer();
    await listen(server, this.port);
    this.server = this.serve(server);
  }

  /** Delivers every byte this much later, in order; 0 ends it. */
  delay(ms: number): void {
    this.delayMs = ms;
    for (const pair of this.pairs) pair.each((pipe) => (pipe.delayMs = ms));
  }

  /** Keeps back what flows in one direction, until `release`. Nothing is lost. */
  hold(direction: Direction): void {
    this.held.add(direction);
    for (const pair of this.pairs) pair[direction].hold();
  }

  /** Delivers what was kept back, and everything after it. */
  release(): void {
    this.held.clear();
    for (const pair of this.pairs) pair.each((pipe) => pipe.release());
  }

  /** Cuts each existing connection after this many more bytes of replies: possibly in the middle of one. */
  cutAfterReplyBytes(bytes: number): void {
    for (const pair of this.pairs) pair.replies.cutAfter(bytes, () => pair.cut());
  }

  /**
   * Lets the next matching request through, throws the answer away and cuts that connection: the server did it, the client
   * cannot know. Settles when that has happened.
   */
  swallowNextReply(matches: RequestMatch = () => true): Promise<void> {
    return new Promise((done) => {
      let isUsed = false;
      const arm = (pair: Pair) => (chunk: Buffer) => {
        if (isUsed || !matches(chunk)) return;
        isUsed = true;
        pair.replies.swallowNext(() => {
          pair.cut();
          done();
        });
      };
      this.watchRequests = (pair) => (pair.requests.onChunk = arm(pair));
      for (const pair of this.pairs) this.watchRequests(pair);
    });
  }

  /** Existing connections stay open and silent for ever: no byte, no FIN, no RST. New ones work. */
  goHalfOpen(): void {
    for (const pair of this.pairs) pair.goSilent();
  }

  /** Ends everything, half-open connections too. */
  async close(): Promise<void> {
    const closed = this.server.listening ? once(this.server, 'close') : undefined;
    this.server.close();
    this.cut();
    await closed;
  }

  private watchRequests: (pair: Pair) => void = () => {};

  private serve(server: Server): Server {
    return server.on('connection', (client) => this.join(client));
  }

  private join(client: Socket): void {
    const pair = new Pair(client, connect({ ...this.upstream, noDelay: true }), () => this.pairs.delete(pair));
    pair.each((pipe) => (pipe.delayMs = this.delayMs));
    for (const direction of this.held) pair[direction].hold();
    this.watchRequests(pair);
    this.pairs.add(pair);
  }
}

/** One client connection and its twin to the server. */
class Pair {
  readonly requests: Pipe;
  readonly replies: Pipe;
  private isSilent = false;

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly onGone: () => void,
  ) {
    client.setNoDelay(true);
    this.requests = new Pipe(client, server);
    this.replies = new Pipe(server, client);
    for (const socket of [client, server]) {
      socket.on('error', () => {}); // resets are what this proxy is for; "close" follows
      socket.on('close', () => this.onSocketClosed());
    }
  }

  each(change: (pipe: Pipe) => void): void {
    change(this.requests);
    change(this.replies);
  }

  cut(): void {
    this.client.resetAndDestroy();
    this.server.resetAndDestroy();
    this.onGone();
  }

  goSilent(): void {
    this.isSilent = true;
    this.each((pipe) => pipe.hold());
  }

  private onSocketClosed(): void {
    if (this.isSilent && !this.client.destroyed) return; // the other end must not learn of it
    this.client.destroy();
    this.server.destroy();
    this.onGone();
  }
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}
