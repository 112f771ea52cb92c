import type { DynamicModule, Type } from '@nestjs/common';
import type { AppName } from '../observability.options.js';
import { StartError } from '../start-error.js';

/** Each app its own, so that all three can be looked at together. */
const DEVTOOLS_PORTS: Readonly<Record<AppName, number>> = { producer: 8001, worker: 8002, admin: 8003 };

class DevelopmentModule {}

/** Whether the developer asked for Nest devtools: `NEST_DEVTOOLS=1`. */
export function wantsDevtools(env: NodeJS.ProcessEnv = process.env): boolean {
  return env.NEST_DEVTOOLS === '1';
}

/**
 * The app with Nest devtools beside it. They listen on every interface and run code they are sent, so they are a development
 * dependency and never start in production.
 *
 * @throws {StartError} with `NODE_ENV=production`.
 */
export async function withDevtools(app: AppName, root: Type | DynamicModule): Promise<DynamicModule> {
  if (process.env.NODE_ENV === 'production') {
    throw new StartError(
      'NEST_DEVTOOLS=1 with NODE_ENV=production: devtools run code they are sent; unset one of the two',
    );
  }
  const { DevtoolsModule } = await import('@nestjs/devtools-integration');
  const devtools = DevtoolsModule.register({ http: true, port: DEVTOOLS_PORTS[app] });
  return { module: DevelopmentModule, imports: [root, devtools] };
}
