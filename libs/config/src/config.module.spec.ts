import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { AppConfigModule } from './config.module.js';
import { loadConfig } from './load-config.js';
import { AppConfig } from './sections/app-config.js';
import { WorkerConfig } from './sections/worker.config.js';

@Injectable()
class Consumer {
  constructor(
    readonly worker: WorkerConfig,
    readonly all: AppConfig,
    readonly service: ConfigService,
  ) {}
}

@Module({ providers: [Consumer] })
class FeatureModule {}

describe('AppConfigModule', () => {
  it('injects the whole configuration and its sections by class, everywhere', async () => {
    const loaded = loadConfig({ env: { WORKER_COUNT: '7' }, cwd: '/' });
    const app = await Test.createTestingModule({ imports: [AppConfigModule.forRoot(loaded), FeatureModule] }).compile();

    const { worker, all, service } = app.get(Consumer);

    expect(worker).toBe(loaded.config.worker);
    expect(all).toBe(loaded.config);
    expect(service.get('worker.heartbeatTtlMs')).toBe(30_000);
    await app.close();
  });

  it('knows nothing of the environment of the process', async () => {
    const loaded = loadConfig({ env: {}, cwd: '/' });
    const app = await Test.createTestingModule({ imports: [AppConfigModule.forRoot(loaded)] }).compile();

    expect(app.get(ConfigService).get('PATH')).toBeUndefined();
    await app.close();
  });
});
