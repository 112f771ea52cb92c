import 'reflect-metadata';
import { type ConfigRequest, loadConfig, readCommandLine } from '@app/config';
import { AppLogger, bootApp, bootSolo, type ObservabilityOptions, runMain } from '@app/observability';
import { isSoloProcess } from '@app/queue';
import { WorkerAppModule } from './worker.module.js';

/** Put in by the build (rolldown.config.mjs). */
const version = process.env.BUILD_VERSION ?? 'development';
const revision = process.env.BUILD_REVISION ?? 'unknown';

await runMain('worker', async () => {
  const { wantsVersion, ...request } = readCommandLine(process.argv.slice(2));
  if (wantsVersion) process.stdout.write(`${version}\n`);
  else await start(request);
});

async function start(request: Omit<ConfigRequest, 'env'>): Promise<void> {
  const loaded = loadConfig({ ...request, env: process.env });
  const { queue, observability } = loaded.config;
  const options: ObservabilityOptions = { app: 'worker', version, revision, queues: queue.names, ...observability };
  if (isSoloProcess()) return bootSolo(WorkerAppModule.forSolo(loaded), options);
  const app = await bootApp(WorkerAppModule.forRoot(loaded, options), options);
  const logger = app.get(AppLogger);
  for (const note of loaded.notes) logger.write('info', note);
  for (const warning of loaded.warnings) logger.write('warn', warning);
}
