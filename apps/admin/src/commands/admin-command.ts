import { CommandRunner } from 'nest-commander';
import type { GlobalOptions } from '../program-options.js';
import { render, type Terminal } from '../output/render.js';

type CommanderCommand = Parameters<CommandRunner['setCommand']>[0];

/** What every command shares: strict usage, the options of the program, one way to show a result. */
export abstract class AdminCommand extends CommandRunner {
  // commander gives no command the settings of its parent, so a wrong flag would exit from inside, with 1.
  override setCommand(command: CommanderCommand): this {
    command.exitOverride().allowExcessArguments(false);
    return super.setCommand(command);
  }

  protected globals(): GlobalOptions {
    return this.command.optsWithGlobals<GlobalOptions>();
  }

  protected show(document: object, view: (terminal: Terminal) => string): void {
    render(document, view, this.globals());
  }
}

/** A command that only holds others, as `job` does. Without an action commander itself names an unknown sub-command. */
export abstract class AdminCommandGroup extends AdminCommand {
  override setCommand(command: CommanderCommand): this {
    command.action = () => command;
    return super.setCommand(command);
  }

  /** Never called: commander shows the help, or names the unknown sub-command. */
  override run(): Promise<void> {
    return Promise.resolve();
  }
}
