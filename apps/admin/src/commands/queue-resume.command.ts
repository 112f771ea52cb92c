import { Option, SubCommand } from 'nest-commander';
import { AdminSession } from '../admin-session.js';
import { Help } from '../help/help.decorator.js';
import { escapeText } from '../output/escape.js';
import { AdminCommand } from './admin-command.js';

/** `queue resume NAME`: ends a pause. */
@SubCommand({
  name: 'resume',
  arguments: '<name>',
  description: 'claim from a paused queue again',
  argsDescription: { name: 'a queue of queue.names' },
})
@Help({ examples: ['queue resume low'] })
export class QueueResumeCommand extends AdminCommand {
  override readonly access = 'admin:queue';

  constructor(private readonly session: AdminSession) {
    super();
  }

  override async run([queue]: [string], { reason }: { readonly reason?: string }): Promise<void> {
    const request = {
      scope: 'admin:queue',
      command: 'queue resume',
      filter: { queue },
      reason,
      dryRun: false,
    } as const;
    const { resumed } = await this.session.write(this.globals(), request, async ({ operate }) => {
      const isResumed = await operate.resume(queue);
      return { resumed: isResumed, counts: { resumed: Number(isResumed) } };
    });
    this.show({ queue, resumed }, () => `${escapeText(queue)} ${resumed ? 'is resumed' : 'was not paused'}`);
  }

  @Option({ flags: '--reason <text>', description: 'why: goes to the audit trail' })
  parseReason(value: string): string {
    return value;
  }
}
