import 'reflect-metadata';
import { toQueueOptions, type AppConfig } from '@app/config';
import { InspectService, QueueModule, type QueueOverview } from '@app/queue';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

/** Looks at the queues, and nothing else. Connects when it is first asked. */
export class QueueReader {
  private context: Promise<INestApplicationContext> | undefined;

  constructor(private readonly config: AppConfig) {}

  /** Rejects while Redis cannot be asked. */
  async overview(): Promise<QueueOverview> {
    this.context ??= this.connect();
    return (await this.context).get(InspectService).overview();
  }

  async close(): Promise<void> {
    await (await this.context)?.close();
  }

  private async connect(): Promise<INestApplicationContext> {
    try {
      const module = QueueModule.forRoot(toQueueOptions(this.config));
      return await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
    } catch (error) {
      this.context = undefined;
      throw error;
    }
  }
}
