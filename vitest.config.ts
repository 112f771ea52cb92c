import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const libs = fileURLToPath(new URL('./libs/', import.meta.url));
const rooms = '{apps,libs,scripts,faults,bench,deploy}';

/** The same rule as `moduleTypes` in rolldown.config.mjs: a Lua script is imported as its text. */
const luaAsText = {
  name: 'lua-as-text',
  enforce: 'pre' as const,
  load: (id: string) => (id.endsWith('.lua') ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))};` : null),
};

export default defineConfig({
  plugins: [luaAsText],
  resolve: { alias: [{ find: /^@app\/([^/]+)$/, replacement: `${libs}$1/src/index.ts` }] },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: { provider: 'v8', include: ['apps/*/src/**', 'libs/*/src/**'] },
    // Only end-to-end specs start built programs, so only a run that has some of them builds.
    projects: [
      { extends: true, test: { name: 'unit', include: [`${rooms}/**/*.spec.ts`] } },
      { extends: true, test: { name: 'integration', include: [`${rooms}/**/*.int-spec.ts`] } },
      {
        extends: true,
        test: { name: 'e2e', include: [`${rooms}/**/*.e2e-spec.ts`], globalSetup: ['scripts/build-when-stale.mjs'] },
      },
    ],
  },
});
