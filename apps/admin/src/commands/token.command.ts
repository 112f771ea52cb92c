import { Command } from 'nest-commander';
import { Help } from '../help/help.decorator.js';
import { ExitCode } from '../output/exit-code.js';
import { AdminCommandGroup } from './admin-command.js';
import { TokenIssueCommand } from './token-issue.command.js';
import { TokenKeygenCommand } from './token-keygen.command.js';

/** `token …`: who may do what, when `admin.access.mode` is `token`. Nothing is connected. */
@Command({
  name: 'token',
  description: 'keys and tokens for admin.access.mode: token',
  subCommands: [TokenKeygenCommand, TokenIssueCommand],
})
@Help({
  examples: [
    'token keygen --key=admin-key.json --public=admin-keys.json',
    'token issue --key=admin-key.json --sub=alice --scope=admin:read --out=alice.jwt',
  ],
  exitCodes: [ExitCode.Done, ExitCode.Usage],
})
export class TokenCommand extends AdminCommandGroup {}
