import { Command } from 'nest-commander';
import { AdminCommand } from './admin-command.js';

/** `serve`: the admin Deployment. Its modules are a build of their own, so that no other command loads them. */
@Command({ name: 'serve', description: 'health, readiness and the gauges of Redis over HTTP, until it is stopped' })
export class ServeCommand extends AdminCommand {
  override async run(): Promise<void> {
    const { serve } = await import('../serve.js');
    await serve(this.globals().config);
  }
}
