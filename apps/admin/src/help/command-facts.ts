import { Injectable } from '@nestjs/common';
import { type CommandRunner, InjectCommander } from 'nest-commander';
import type { ExitCode } from '../output/exit-code.js';
import { helpOf } from './help.decorator.js';
import { scopeOf } from './scope-text.js';

type CommanderCommand = Parameters<CommandRunner['setCommand']>[0];
type CommanderOption = CommanderCommand['options'][number];

/** A flag of a command. */
export interface FlagFacts {
  /** `--queue <name>` */
  readonly flags: string;
  /** `--queue` */
  readonly name: string;
  readonly description: string;
  /** `name`, from `--queue <name>`; nothing for a switch. */
  readonly value: string | undefined;
  readonly choices: readonly string[];
}

/** A command as the documentation and the completion know it. */
export interface CommandFacts {
  /** `job show`; empty: the program itself. */
  readonly path: string;
  readonly description: string;
  /** `admin job show [options] <id>` */
  readonly usage: string;
  readonly flags: readonly FlagFacts[];
  /** Names of the commands below, with their descriptions. */
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly examples: readonly string[];
  readonly exitCodes: readonly ExitCode[];
  /** `admin:read`; `none`: it needs no token. */
  readonly scope: string;
}

/** The program as it describes itself: read from the commands that are registered, so nothing is told twice. */
@Injectable()
export class CommandTree {
  constructor(@InjectCommander() private readonly program: CommanderCommand) {}

  /** The program and every command, each before those below it. */
  facts(): CommandFacts[] {
    return factsBelow(this.program, []);
  }
}

function factsBelow(command: CommanderCommand, path: readonly string[]): CommandFacts[] {
  const below = command.commands.flatMap((child) => factsBelow(child, [...path, child.name()]));
  return [factsOf(command, path), ...below];
}

function factsOf(command: CommanderCommand, path: readonly string[]): CommandFacts {
  return {
    path: path.join(' '),
    description: command.description(),
    usage: ['admin', ...path, command.usage()].join(' '),
    flags: command.options.filter(({ hidden }) => !hidden).map(flagFacts),
    commands: command.commands.map((child) => ({ name: child.name(), description: child.description() })),
    ...helpOf(command),
    scope: scopeOf(command),
  };
}

function flagFacts(option: CommanderOption): FlagFacts {
  return {
    flags: option.flags,
    name: option.long ?? option.short ?? '',
    description: option.description,
    value: /[<[]([^>\]]+)/.exec(option.flags)?.[1],
    choices: option.argChoices ?? [],
  };
}
