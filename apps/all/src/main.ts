import { programOf } from './programs.js';
import { planOf, type Plan } from './role.js';
import { UsageError } from './usage-error.js';
import { REVISION, VERSION } from './version.js';

const HELP = `job-queue-system --role=all|producer|worker|admin

  --role=all        producer, worker and admin as child processes (default)
    --scan-dir=PATH     make a job of every file in this folder
    --embedded-redis    start a private redis-server, data in .data/redis
    --once              end when all jobs are done: 0 all completed, 1 not
    --data-dir=PATH     instead of .data
    --config=PATH       configuration file (default: config/config.yaml)
  --role=producer   the producer alone; its flags follow
  --role=worker     the worker alone; its flags follow
  --role=admin      the admin CLI: --admin-cmd=stats, --admin-cmd=peek --queue=high --n=20, …
  --version         version and revision of this build
`;

// Only what a role needs is loaded: `--version` comes at once, and an admin command does not wait for the supervisor.
async function carryOut(plan: Plan): Promise<void> {
  if (plan.do === 'version') process.stdout.write(`job-queue-system ${VERSION} (${REVISION})\n`);
  if (plan.do === 'help') process.stdout.write(HELP);
  if (plan.do === 'app') await become(programOf(plan.app), plan.args);
  if (plan.do === 'all') process.exit(await (await import('./run-all.js')).runAll(plan.options));
}

/** The app runs in this process: signals and the exit code are its own. */
async function become(program: string, args: readonly string[]): Promise<void> {
  process.argv = [process.argv[0]!, program, ...args];
  await import(program);
}

async function fail(error: unknown): Promise<never> {
  const { ConfigError, nearest } = await import('@app/config');
  const isUsage = error instanceof UsageError || error instanceof ConfigError;
  const message = error instanceof Error ? error.message : String(error);
  const { word, candidates } = (error instanceof UsageError && error.mistyped) || { word: '', candidates: [] };
  const meant = nearest(word, candidates, 3);
  process.stderr.write(`job-queue-system: ${message}${meant === undefined ? '' : ` (did you mean ${meant}?)`}\n`);
  process.exit(isUsage ? 2 : 1);
}

try {
  await carryOut(planOf(process.argv.slice(2)));
} catch (error) {
  await fail(error);
}
