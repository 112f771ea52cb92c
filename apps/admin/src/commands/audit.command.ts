import { AUDIT_READ_LIMIT } from '@app/queue';
import { Command, Option } from 'nest-commander';
import { AdminSession } from '../admin-session.js';
import { Help } from '../help/help.decorator.js';
import { auditDocument, auditView } from '../views/audit.view.js';
import { AdminCommand } from './admin-command.js';
import { parseWhole } from './arguments.js';

const DEFAULT_COUNT = 20;

interface AuditOptions {
  readonly n?: number;
}

/** `audit`: what operators did and what was refused to them, the newest first. */
@Command({ name: 'audit', description: 'who changed what, and what was refused, the newest first' })
@Help({ examples: ['audit', 'audit --n=100 --json'] })
export class AuditCommand extends AdminCommand {
  override readonly access = 'admin:read';

  constructor(private readonly session: AdminSession) {
    super();
  }

  override async run(_: string[], { n = DEFAULT_COUNT }: AuditOptions): Promise<void> {
    const entries = await this.session.use(this.globals(), this.scope(), ({ audit }) => audit.latest(n));
    this.show({ entries: entries.map(auditDocument) }, (terminal) => auditView(entries, terminal));
  }

  @Option({ flags: '--n <count>', description: `how many, 1 to ${AUDIT_READ_LIMIT} (default: ${DEFAULT_COUNT})` })
  parseCount(value: string): number {
    return parseWhole('--n', value, 1, AUDIT_READ_LIMIT);
  }
}
