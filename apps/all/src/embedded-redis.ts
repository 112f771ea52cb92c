import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis, type RedisServer } from '../../../scripts/redis-server.mjs';
import { DataFolder } from './embedded/data-folder.js';
import { describeExit } from './supervisor/child-exit.js';
import { restartDelayMs } from './supervisor/restart-delay.js';

/**
 * A private real redis-server: loopback, a free port, a password, AOF on, its data kept in a folder that this process
 * has locked. A server that dies is started again on the same data and port, so its clients find it.
 */
export class EmbeddedRedis {
  private isStopping = false;

  private constructor(
    private readonly folder: DataFolder,
    private server: RedisServer,
    private readonly tell: (line: string) => void,
  ) {}

  /**
   * @param tell - hears what a person should know: the server died, it is back.
   * @throws {FolderInUseError} another supervisor works in this folder.
   */
  static async start(path: string, tell: (line: string) => void): Promise<EmbeddedRedis> {
    const folder = await DataFolder.lock(path);
    try {
      const server = await startRedis({ dir: path });
      folder.recordRedis(server.pid);
      const redis = new EmbeddedRedis(folder, server, tell);
      void redis.keepRunning();
      return redis;
    } catch (error) {
      folder.unlock();
      throw error;
    }
  }

  get addr(): string {
    return `${this.server.host}:${this.server.port}`;
  }

  get password(): string {
    return this.server.password;
  }

  /** Ends the server; what it was given is on disk. */
  async stop(): Promise<void> {
    this.isStopping = true;
    await this.server.stop();
    this.folder.unlock();
  }

  private async keepRunning(): Promise<void> {
    for (;;) {
      const exit = await this.server.exited;
      if (this.isStopping) return;
      this.tell(`redis-server ended with ${describeExit(exit)}, starting it again on the same data`);
      await this.startAgain();
    }
  }

  private async startAgain(): Promise<void> {
    const { dir, port, password } = this.server;
    for (let tries = 1; !this.isStopping; tries++) {
      try {
        this.server = await startRedis({ dir, port, password });
        this.folder.recordRedis(this.server.pid);
        return this.tell(`redis-server is back as process ${this.server.pid}`);
      } catch (error) {
        this.tell(`redis-server could not be started: ${error instanceof Error ? error.message : String(error)}`);
        await sleep(restartDelayMs(tries));
      }
    }
  }
}
