import { existsSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { programOf } from './programs.js';
import { APPS, type AppName } from './role.js';
import { REPORT_SWITCH } from './run/reports.js';
import { withSetting, type Suite } from './suite.js';
import { Child, type ChildListener } from './supervisor/child.js';

/**
 * @param logs - folder for the children's logs, one file each, that of the run before as `.1`; `undefined`: they write
 * to our own stdout and stderr.
 */
export function childrenOf(suite: Suite, logs: string | undefined, listener: ChildListener): Child[] {
  return APPS.map((app) => {
    const args = [...(app === 'admin' ? ['serve'] : []), ...(suite.configFile ? [`--config=${suite.configFile}`] : [])];
    const observed = withSetting(suite.env, 'OBSERVABILITY_METRICS_PORT', String(suite.ports[app]));
    const env = { ...withSetting(observed, 'PRODUCER_HTTP_PORT', String(suite.ports.ingest)), ...REPORT_SWITCH };
    const out = logs === undefined ? ('inherit' as const) : openLog(logs, app);
    return new Child(app, { file: programOf(app), args, env, stdio: ['ignore', out, out, 'ipc'] }, listener);
  });
}

function openLog(folder: string, app: AppName): number {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${app}.log`);
  if (existsSync(file)) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}
