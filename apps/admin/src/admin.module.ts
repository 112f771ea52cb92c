import { Module } from '@nestjs/common';
import { AdminSession } from './admin-session.js';
import { JobCommand } from './commands/job.command.js';
import { PeekCommand } from './commands/peek.command.js';
import { ServeCommand } from './commands/serve.command.js';
import { StatsCommand } from './commands/stats.command.js';
import { WorkersCommand } from './commands/workers.command.js';
import { ProgramOptions } from './program-options.js';

/** The commands. Nothing here knows Redis before a command opens its session. */
@Module({
  providers: [
    ProgramOptions,
    AdminSession,
    StatsCommand,
    PeekCommand,
    WorkersCommand,
    ...JobCommand.registerWithSubCommands(),
    ServeCommand,
  ],
})
export class AdminModule {}
