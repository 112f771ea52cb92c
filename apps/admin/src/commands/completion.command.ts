import { Command, SubCommand } from 'nest-commander';
import { bashScript } from '../completion/bash-script.js';
import { zshScript } from '../completion/zsh-script.js';
import { CommandTree } from '../help/command-facts.js';
import { Help } from '../help/help.decorator.js';
import { ExitCode } from '../output/exit-code.js';
import { AdminCommand, AdminCommandGroup } from './admin-command.js';

const LOCAL = [ExitCode.Done, ExitCode.Usage];

/** `completion bash`: a script for the shell, made from the commands that this build has. */
@SubCommand({ name: 'bash', description: 'the script for bash 3.2 or later' })
@Help({ examples: ['completion bash > /etc/bash_completion.d/admin'], exitCodes: LOCAL })
class CompletionBashCommand extends AdminCommand {
  override readonly access = 'none';

  constructor(private readonly tree: CommandTree) {
    super();
  }

  override async run(): Promise<void> {
    process.stdout.write(bashScript(this.tree.facts()));
  }
}

/** `completion zsh` */
@SubCommand({ name: 'zsh', description: 'the script for zsh' })
@Help({ examples: ['completion zsh > ~/.zfunc/_admin'], exitCodes: LOCAL })
class CompletionZshCommand extends AdminCommand {
  override readonly access = 'none';

  constructor(private readonly tree: CommandTree) {
    super();
  }

  override async run(): Promise<void> {
    process.stdout.write(zshScript(this.tree.facts()));
  }
}

/** `completion …`: TAB completes commands, flags and files. */
@Command({
  name: 'completion',
  description: 'a script that lets TAB complete commands and flags',
  subCommands: [CompletionBashCommand, CompletionZshCommand],
})
@Help({ examples: ['completion bash', 'completion zsh'], exitCodes: LOCAL })
export class CompletionCommand extends AdminCommandGroup {}
