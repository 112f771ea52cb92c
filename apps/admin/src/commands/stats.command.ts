import { Command, Option } from 'nest-commander';
import { AdminSession } from '../admin-session.js';
import { Help } from '../help/help.decorator.js';
import { ExitCode } from '../output/exit-code.js';
import { statsView } from '../views/stats.view.js';
import { AdminCommand } from './admin-command.js';
import { parseWhole } from './arguments.js';
import { watch } from './stats-watch.js';

const DEFAULT_SECONDS = 2;

interface StatsOptions {
  /** true: without a number. */
  readonly watch?: number | true;
}

/** `stats`: everything that matters on one screen. */
@Command({ name: 'stats', description: 'queues, workers, breakers, dead jobs and Redis on one screen' })
@Help({
  examples: ['stats --config=config.yaml', 'stats --watch', "stats --json | jq '.dead.total'"],
  exitCodes: [
    ExitCode.Done,
    ExitCode.Failed,
    ExitCode.Usage,
    ExitCode.RedisUnreachable,
    ExitCode.Refused,
    ExitCode.Interrupted,
  ],
})
export class StatsCommand extends AdminCommand {
  override readonly access = 'admin:read';

  constructor(private readonly session: AdminSession) {
    super();
  }

  override async run(_: string[], { watch: every }: StatsOptions): Promise<void> {
    const globals = this.globals();
    await this.session.use(globals, this.scope(), async ({ inspect }) => {
      const read = () => inspect.overview();
      const seconds = every === true ? DEFAULT_SECONDS : every;
      if (seconds !== undefined) return watch({ read, view: statsView }, seconds * 1_000, globals);
      const overview = await read();
      this.show(overview, (terminal) => statsView(overview, terminal));
    });
  }

  @Option({
    flags: '--watch [seconds]',
    description: `show it again every so many seconds (default: ${DEFAULT_SECONDS}) until Ctrl-C`,
  })
  parseWatch(value: string): number {
    return parseWhole('--watch', value, 1, 3_600);
  }
}
