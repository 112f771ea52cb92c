import { CommandRunner } from 'nest-commander';
import { accessWith, type CommandAccess, type Scope } from '../access/scopes.js';
import { addHelp } from '../help/help.decorator.js';
import { addScope } from '../help/scope-text.js';
import { suggestFlag } from '../help/suggest-flag.js';
import type { CommandCall, GlobalOptions } from '../program-options.js';
import { render, type Terminal } from '../output/render.js';

type CommanderCommand = Parameters<CommandRunner['setCommand']>[0];

/** What every command shares: who may run it, strict usage, the options of the program, one way to show a result. */
export abstract class AdminCommand extends CommandRunner {
  /**
   * Who may run it (docs/security.md). There is no default: a command that does not say cannot be compiled. `none` is for
   * commands that never look at the queue.
   */
  abstract readonly access: CommandAccess;

  // commander gives no command the settings of its parent, so a wrong flag would exit from inside, with 1.
  override setCommand(command: CommanderCommand): this {
    command.exitOverride().allowExcessArguments(false);
    suggestFlag(command);
    addHelp(command, this.constructor);
    addScope(command, this.access);
    return super.setCommand(command);
  }

  /** The options of the program, and the command as the operator named it. */
  protected globals(): CommandCall {
    return { ...this.command.optsWithGlobals<GlobalOptions>(), command: pathOf(this.command) };
  }

  /** The scope that this call needs: {@link access} with its options. */
  protected scope(options: object = {}): Scope {
    const access = accessWith(this.access, options);
    if (access === 'none') throw new Error(`${pathOf(this.command)} says that it needs no access to the queue`);
    return access;
  }

  protected show(document: object, view: (terminal: Terminal) => string): void {
    render(document, view, this.globals());
  }
}

/** A command that only holds others, as `job` does. Without an action commander itself names an unknown sub-command. */
export abstract class AdminCommandGroup extends AdminCommand {
  override readonly access = 'none';

  override setCommand(command: CommanderCommand): this {
    command.action = () => command;
    return super.setCommand(command);
  }

  /** Never called: commander shows the help, or names the unknown sub-command. */
  override run(): Promise<void> {
    return Promise.resolve();
  }
}

/** `job show` */
function pathOf(command: CommanderCommand): string {
  const above = command.parent;
  return above?.parent ? `${pathOf(above)} ${command.name()}` : command.name();
}
