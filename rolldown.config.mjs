import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'rolldown';

const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));

/** BUILD_REVISION wins (an image is built without .git); then the commit; `unknown` outside git. */
function revision() {
  if (process.env.BUILD_REVISION) return process.env.BUILD_REVISION;
  try {
    const options = { cwd: fileURLToPath(new URL('.', import.meta.url)), stdio: ['ignore', 'pipe', 'ignore'] };
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], options).toString().trim();
  } catch {
    return 'unknown';
  }
}

const common = {
  platform: 'node',
  tsconfig: './tsconfig.json',
  moduleTypes: { '.lua': 'text' },
  transform: {
    define: {
      'process.env.BUILD_VERSION': JSON.stringify(version),
      'process.env.BUILD_REVISION': JSON.stringify(revision()),
    },
  },
};

// Packages stay outside, so that tracing can patch them; our own code, the alias and rolldown's helpers go in.
const external = (id) => !/^[./\0]/.test(id) && !id.startsWith('@app/') && !id.startsWith('@oxc-project/');

const output = (dir) => ({
  dir: `dist/${dir}`,
  format: 'esm',
  sourcemap: true,
  keepNames: true,
  chunkFileNames: '[name].js',
});
const program = (app) => ({ ...output(`apps/${app}`), banner: '#!/usr/bin/env node' });
const shim = (name) => fileURLToPath(new URL(`./scripts/shims/${name}.mjs`, import.meta.url));

const servers = ['producer', 'worker', 'all'].map((app) => ({
  ...common,
  external,
  input: { index: `apps/${app}/src/main.ts` },
  output: program(app),
}));

// The launcher answers --version alone; everything else is one file, since loading modules is what takes the time, and
// CommonJS, since only a script can be loaded from compiled code (load-compiled.ts), in which import() does not work.
// Several chunks would break the order in which reflect-metadata must come; nest-commander finds options by class name.
const adminLauncher = {
  ...common,
  input: { index: 'apps/admin/src/launcher.ts', 'write-compiled': 'apps/admin/src/write-compiled.ts' },
  output: program('admin'),
};
const adminMain = {
  ...common,
  input: { main: 'apps/admin/src/main.ts' },
  resolve: {
    alias: {
      inquirer: shim('inquirer'),
      cosmiconfig: shim('cosmiconfig'),
      '@fig/complete-commander': shim('fig'),
      'libphonenumber-js/max': shim('libphonenumber-js'),
    },
  },
  external: [/^@nestjs\/(microservices|websockets|platform-)/, 'file-type', /\/serve\.js$/, /\/tokens\/index\.js$/],
  output: {
    ...output('apps/admin'),
    format: 'cjs',
    dynamicImportInCjs: false,
    entryFileNames: '[name].cjs',
    codeSplitting: false,
  },
};
// `admin serve` is a server like the others, and too much to load for a command that ends at once.
const adminServe = {
  ...common,
  external,
  input: { serve: 'apps/admin/src/serve.ts' },
  output: output('apps/admin'),
};

// Tokens are checked only where admin.access.mode asks for it; other commands start without jose.
const adminTokens = {
  ...common,
  input: { 'access/tokens/index': 'apps/admin/src/access/tokens/index.ts' },
  output: output('apps/admin'),
};

// The description of the HTTP ingest, for scripts/build.mjs to write as a file.
const openApi = {
  ...common,
  external,
  input: { openapi: 'apps/producer/src/http/openapi.ts' },
  output: output('apps/producer'),
};

// `job-queue-system/queue`: the library for other Nest applications, which bring their own Nest; and its tools for tests.
const library = {
  ...common,
  external,
  input: { index: 'libs/queue/src/index.ts', testing: 'libs/queue/src/testing/index.ts' },
  output: output('libs/queue'),
};

// The thread that renews leases beside a busy main thread: beside every program that may contain a worker.
const heartbeatThreads = ['apps/worker', 'libs/queue', 'faults', 'bench'].map((dir) => ({
  ...common,
  external,
  input: { 'heartbeat.thread': 'libs/queue/src/worker/heartbeat.thread.ts' },
  output: output(dir),
}));

// The processes of the fault suite: a worker and a producer that keep a ledger. Not shipped.
const workload = {
  ...common,
  external,
  input: Object.fromEntries(
    ['worker', 'producer', 'brpop-consumer'].map((name) => [name, `faults/workload/${name}.main.ts`]),
  ),
  output: output('faults'),
};

// The worker app as the benchmark runs it. Not shipped.
const benchWorker = {
  ...common,
  external,
  input: { 'full-worker': 'bench/full-worker.main.ts' },
  output: output('bench'),
};

export default defineConfig([
  ...servers,
  openApi,
  adminLauncher,
  adminMain,
  adminServe,
  adminTokens,
  library,
  ...heartbeatThreads,
  workload,
  benchWorker,
]);
