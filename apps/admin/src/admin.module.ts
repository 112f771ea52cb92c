import { Module } from '@nestjs/common';
import { AdminSession } from './admin-session.js';
import { AuditCommand } from './commands/audit.command.js';
import { BenchCommand } from './commands/bench.command.js';
import { CompletionCommand } from './commands/completion.command.js';
import { ConfigCommand } from './commands/config.command.js';
import { DlqCommand } from './commands/dlq.command.js';
import { DoctorCommand } from './commands/doctor.command.js';
import { JobCommand } from './commands/job.command.js';
import { PeekCommand } from './commands/peek.command.js';
import { PurgeAllCommand } from './commands/purge-all.command.js';
import { PurgeDlqCommand } from './commands/purge-dlq.command.js';
import { QueueCommand } from './commands/queue.command.js';
import { ServeCommand } from './commands/serve.command.js';
import { StatsKeysCommand } from './commands/stats-keys.command.js';
import { StatsCommand } from './commands/stats.command.js';
import { TokenCommand } from './commands/token.command.js';
import { WorkersCommand } from './commands/workers.command.js';
import { CommandTree } from './help/command-facts.js';
import { ProgramOptions } from './program-options.js';

/** The commands. Nothing here knows Redis before a command opens its session. */
@Module({
  providers: [
    ProgramOptions,
    CommandTree,
    AdminSession,
    StatsCommand,
    StatsKeysCommand,
    PeekCommand,
    WorkersCommand,
    ...JobCommand.registerWithSubCommands(),
    BenchCommand,
    DoctorCommand,
    AuditCommand,
    ...TokenCommand.registerWithSubCommands(),
    PurgeDlqCommand,
    ...DlqCommand.registerWithSubCommands(),
    ...QueueCommand.registerWithSubCommands(),
    PurgeAllCommand,
    ServeCommand,
    ...ConfigCommand.registerWithSubCommands(),
    ...CompletionCommand.registerWithSubCommands(),
  ],
})
export class AdminModule {}
