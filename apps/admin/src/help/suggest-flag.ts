import type { CommandRunner } from 'nest-commander';

type CommanderCommand = Parameters<CommandRunner['setCommand']>[0];

/** What commander calls for a flag it does not know; not in its types. */
interface UnknownFlag {
  unknownOption(flag: string): void;
}

/** Commander looks for a flag like the wrong one, and would compare `--quee=high` with its value. */
export function suggestFlag(command: CommanderCommand): void {
  const told = command as CommanderCommand & UnknownFlag;
  const tell = told.unknownOption.bind(told);
  told.unknownOption = (flag) => tell(flag.replace(/=.*/s, ''));
}
