import { PEEK_LIMIT, type PeekedJob } from '@app/queue';
import { Command, Option } from 'nest-commander';
import { AdminSession } from '../admin-session.js';
import { Help } from '../help/help.decorator.js';
import { peekDocument, peekView } from '../views/peek.view.js';
import { AdminCommand } from './admin-command.js';
import { parseChoice, parseWhole } from './arguments.js';
import { UsageError } from './usage.error.js';

type Place = PeekedJob['state'];

const PLACES = ['ready', 'quarantine', 'parked', 'scheduled', 'dead', 'completed'] as const satisfies readonly Place[];
/** Dead and completed jobs of all queues lie together. */
const PLACES_BY_QUEUE: readonly Place[] = ['ready', 'quarantine', 'parked', 'scheduled'];
const DEFAULT_COUNT = 20;

interface PeekOptions {
  readonly queue?: string;
  readonly n?: number;
  readonly place?: Place;
}

/** `peek`: jobs of one place with their payloads, the next to run first. Takes nothing away. */
@Command({ name: 'peek', description: 'jobs with their payloads, the next to run first; takes nothing away' })
@Help({ examples: ['peek --queue=high --n=20', 'peek --place=dead', 'peek --place=scheduled --json'] })
export class PeekCommand extends AdminCommand {
  override readonly access = 'admin:peek';

  constructor(private readonly session: AdminSession) {
    super();
  }

  override async run(_: string[], { queue, n = DEFAULT_COUNT, place = 'ready' }: PeekOptions): Promise<void> {
    if (queue !== undefined && !PLACES_BY_QUEUE.includes(place)) {
      throw new UsageError(`--queue: jobs in ${place} are not kept by queue, leave it out`);
    }
    const jobs = await this.session.use(this.globals(), this.scope(), ({ inspect }) =>
      inspect.peek({ place, queue, count: n }),
    );
    const document = { place, queue: queue ?? null, jobs: peekDocument(jobs) };
    this.show(document, (terminal) => peekView(jobs, place, terminal));
  }

  @Option({ flags: '--queue <name>', description: 'only this queue, of ready, quarantine or scheduled (default: all)' })
  parseQueue(value: string): string {
    return value;
  }

  @Option({ flags: '--n <count>', description: `how many, 1 to ${PEEK_LIMIT} (default: ${DEFAULT_COUNT})` })
  parseCount(value: string): number {
    return parseWhole('--n', value, 1, PEEK_LIMIT);
  }

  @Option({ flags: '--place <place>', description: 'where to look (default: ready)', choices: [...PLACES] })
  parsePlace(value: string): Place {
    return parseChoice('--place', value, PLACES);
  }
}
