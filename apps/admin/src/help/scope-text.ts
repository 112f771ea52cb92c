import type { CommandRunner } from 'nest-commander';
import { type CommandAccess, describeAccess } from '../access/scopes.js';

type CommanderCommand = Parameters<CommandRunner['setCommand']>[0];

const scopeOfCommand = new WeakMap<CommanderCommand, string>();

/** Says in the help of a command which scope it needs. */
export function addScope(command: CommanderCommand, access: CommandAccess): void {
  const text = describeAccess(access);
  scopeOfCommand.set(command, text);
  command.addHelpText('after', `Scope: ${text}`);
}

/** What was said about a command: `admin:read; with --payload: admin:peek`. The program itself needs `none`. */
export function scopeOf(command: CommanderCommand): string {
  return scopeOfCommand.get(command) ?? 'none';
}
