import { Command } from 'nest-commander';
import { Help } from '../help/help.decorator.js';
import { ExitCode } from '../output/exit-code.js';
import { AdminCommand } from './admin-command.js';

/** `serve`: the admin Deployment. Its modules are a build of their own, so that no other command loads them. */
@Command({ name: 'serve', description: 'health, readiness and the gauges of Redis over HTTP, until it is stopped' })
@Help({ examples: ['serve --config=config.yaml'], exitCodes: [ExitCode.Done, ExitCode.Failed, ExitCode.Usage] })
export class ServeCommand extends AdminCommand {
  override readonly access = 'none';

  override async run(): Promise<void> {
    const { serve } = await import('../serve.js');
    await serve(this.globals().config);
  }
}
