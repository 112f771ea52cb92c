import type { CommandRunner } from 'nest-commander';
import { ExitCode } from '../output/exit-code.js';
import { exitLine } from './exit-meanings.js';

type CommanderCommand = Parameters<CommandRunner['setCommand']>[0];

/** What the help of a command says besides its flags. */
export interface HelpText {
  /** Whole command lines without the program: `peek --queue=high --n=20`. The usual one first. */
  readonly examples: readonly string[];
  /** The codes it ends with. Default: those of a command that reads the queue. */
  readonly exitCodes?: readonly ExitCode[];
}

const READS_QUEUE = [ExitCode.Done, ExitCode.Failed, ExitCode.Usage, ExitCode.RedisUnreachable, ExitCode.Refused];
const OF_GROUP = [ExitCode.Done, ExitCode.Usage];

const textOfClass = new WeakMap<object, HelpText>();
const textOfCommand = new WeakMap<CommanderCommand, Required<HelpText>>();

/** Gives a command its examples, and its exit codes when they differ from the usual ones. */
export function Help(text: HelpText): ClassDecorator {
  return (commandClass) => void textOfClass.set(commandClass, text);
}

/** Puts the examples in front of the help of a command, and the exit codes behind it. */
export function addHelp(command: CommanderCommand, commandClass: object): void {
  const text = textOfClass.get(commandClass);
  if (text) addHelpText(command, text);
}

/** The same for the program itself, which has no class. */
export function addHelpText(command: CommanderCommand, { examples, exitCodes = READS_QUEUE }: HelpText): void {
  textOfCommand.set(command, { examples, exitCodes });
  command.addHelpText('before', `Examples:\n${examples.map((line) => `  admin ${line}`).join('\n')}\n`);
  command.addHelpText('after', `\nExit codes: ${exitLine(exitCodes)}`);
}

/** What was said about a command; nothing of one without {@link Help}. */
export function helpOf(command: CommanderCommand): Required<HelpText> {
  return textOfCommand.get(command) ?? { examples: [], exitCodes: OF_GROUP };
}
