// Who may import whom (docs/architecture.md). `npm run deps` prints the name and the comment of a rule that was broken.
const SPEC = '\\.(spec|int-spec|e2e-spec)\\.ts$';
const QUEUE = '^libs/queue/src/';
const ENTRY = `^apps/[^/]+/src/(main|launcher|write-compiled)\\.ts$|${QUEUE}(testing/)?index\\.ts$|${QUEUE}worker/heartbeat\\.thread\\.ts$`;
const ROLES = '(enqueue|worker|maintenance|admin)';

const forbid = (name, comment, from, to) => ({ name, severity: 'error', comment, from, to });

module.exports = {
  forbidden: [
    forbid('no-circular', 'Two files that import each other are one file, or miss a third.', {}, { circular: true }),
    forbid('no-unresolved', 'The import leads nowhere.', {}, { couldNotResolve: true }),
    forbid(
      'no-unreachable-file',
      'Not reached from an app or from the package entry: use it or delete it.',
      { path: ENTRY },
      { path: '^(apps|libs)/[^/]+/src/', pathNot: [SPEC, ENTRY, '\\.d\\.ts$', '^libs/testing/'], reachable: false },
    ),
    forbid(
      'no-unreachable-test-tool',
      'No spec, bench or fault scenario reaches it: use it or delete it.',
      { path: [SPEC, '^(bench|faults)/'] },
      { path: '^libs/testing/src/', pathNot: SPEC, reachable: false },
    ),

    forbid(
      'apps-import-no-app',
      'Apps are deployed apart. apps/all starts the others by path.',
      { path: '^apps/([^/]+)/' },
      { path: '^apps/', pathNot: '^apps/$1/' },
    ),
    forbid('libs-import-no-app', 'A library does not know who uses it.', { path: '^libs/' }, { path: '^apps/' }),
    forbid(
      'queue-imports-nothing-here',
      'libs/queue is the domain, importable on its own; only its specs may use libs/testing.',
      { path: '^libs/queue/', pathNot: SPEC },
      { path: '^(apps|libs|scripts|bench|faults)/', pathNot: '^libs/queue/' },
    ),
    forbid(
      'config-imports-queue-only',
      'libs/config takes option types and defaults from libs/queue, and nothing else from here.',
      { path: '^libs/config/', pathNot: SPEC },
      { path: '^(apps|libs|scripts|bench|faults)/', pathNot: '^libs/(config|queue)/' },
    ),
    forbid(
      'observability-imports-queue-only',
      'libs/observability listens to the events of libs/queue, and needs nothing else from here.',
      { path: '^libs/observability/', pathNot: SPEC },
      { path: '^(apps|libs|scripts|bench|faults)/', pathNot: '^libs/(observability|queue)/' },
    ),
    forbid(
      'testing-imports-queue-only',
      'libs/testing knows the queue and the script that starts a Redis.',
      { path: '^libs/testing/', pathNot: SPEC },
      { path: '^(apps|libs|bench|faults)/', pathNot: '^libs/(testing|queue)/' },
    ),
    forbid(
      'testing-is-for-specs',
      'Production code must not see libs/testing.',
      { path: '^(apps|libs|scripts)/', pathNot: [SPEC, '^(apps/[^/]+|scripts)/test/', '^libs/testing/'] },
      { path: '^libs/testing/' },
    ),
    forbid(
      'libs-are-entered-by-their-barrel',
      'Outside a library only its index.ts exists: what is missing there is not public.',
      { path: '^((?:apps|libs)/[^/]+)/', pathNot: '^libs/testing/' },
      { path: '^libs/[^/]+/src/', pathNot: ['^$1/', '^libs/[^/]+/src/index\\.ts$'] },
    ),

    forbid(
      'only-redis-room-imports-ioredis',
      'Commands are sent from libs/queue/src/redis; libs/testing may, for assertions.',
      { path: '^(apps|libs|scripts)/', pathNot: [`${QUEUE}redis/`, '^libs/testing/'] },
      { path: '(^|/)node_modules/ioredis/' },
    ),
    forbid(
      'redis-room-stays-inside',
      'Keys, scripts and clients are never imported from outside libs/queue; libs/testing may, for assertions.',
      { pathNot: '^libs/(queue|testing)/' },
      { path: `${QUEUE}redis/` },
    ),

    forbid(
      'no-sibling-role-room',
      'A role is used alone (a producer has no worker): roles share redis, events, job and errors, not each other.',
      { path: `${QUEUE}(enqueue|maintenance|admin)/`, pathNot: SPEC },
      { path: `${QUEUE}${ROLES}/`, pathNot: `${QUEUE}$1/` },
    ),
    forbid(
      'worker-starts-maintenance-only',
      'The worker starts the maintenance loops; it needs no other role.',
      { path: `${QUEUE}worker/`, pathNot: SPEC },
      { path: `${QUEUE}(enqueue|admin)/` },
    ),
    forbid(
      'redis-room-knows-no-role',
      'redis/ offers calls, the roles decide: it may import events, job and errors.',
      { path: `${QUEUE}redis/`, pathNot: SPEC },
      { path: `${QUEUE}${ROLES}/` },
    ),
    forbid(
      'events-know-job-and-errors-only',
      'An event describes what happened to a job: events/ may import job and errors.',
      { path: `${QUEUE}events/`, pathNot: SPEC },
      { path: QUEUE, pathNot: `${QUEUE}(events|job|errors)/` },
    ),
    forbid(
      'job-is-pure',
      'Decisions are pure functions: no Nest, no ioredis, nothing but job, errors and option types. Hashing is pure as well.',
      { path: `${QUEUE}job/`, pathNot: SPEC },
      { pathNot: [`${QUEUE}(job|errors)/|${QUEUE}queue\\.options\\.ts$`, '^(node:)?crypto$'] },
    ),
    forbid(
      'errors-import-nothing',
      'Everything may throw, so errors/ depends on nothing.',
      { path: `${QUEUE}errors/`, pathNot: SPEC },
      { pathNot: `${QUEUE}errors/` },
    ),

    forbid(
      'queue-knows-no-edge',
      'libs/queue emits events; HTTP, metrics, logs, files and the environment are the business of others.',
      { path: '^libs/queue/', pathNot: SPEC },
      {
        path: '(^|/)node_modules/(@nestjs/(config|terminus|platform-[^/]+)|@willsoto/[^/]+|fastify|nest-commander|pino|prom-client|yaml)/',
      },
    ),
    forbid(
      'production-needs-no-dev-dependency',
      'devDependencies are not in the image. Nest devtools is loaded behind a flag, in development.',
      { path: '^(apps|libs)/', pathNot: [SPEC, '^apps/[^/]+/test/', '^libs/testing/'] },
      { dependencyTypes: ['npm-dev'], pathNot: '(^|/)node_modules/(@nestjs/devtools-integration|@types)/' },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.lua$' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types', 'typings'],
    },
  },
};
