import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AppName } from './role.js';

/** The entry of an app: beside this one in a build, and where `nest start` puts it otherwise. */
export function programOf(app: AppName): string {
  const built = fileURLToPath(new URL(`../${app}/index.js`, import.meta.url));
  return existsSync(built) ? built : fileURLToPath(new URL(`../../${app}/src/main.js`, import.meta.url));
}
