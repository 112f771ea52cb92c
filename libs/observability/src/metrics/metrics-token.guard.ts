import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import { MetricsToken } from './metrics-token.js';

interface Reply {
  header(name: string, value: string): unknown;
}

/** Lets a scrape through when it brings the token of `observability.bearer_token_file`, or when there is none. */
@Injectable()
export class MetricsTokenGuard implements CanActivate {
  constructor(private readonly token: MetricsToken) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const { authorization } = http.getRequest<{ headers: { authorization?: string } }>().headers;
    if (this.token.accepts(authorization)) return true;
    http.getResponse<Reply>().header('WWW-Authenticate', 'Bearer realm="metrics"');
    throw new UnauthorizedException('the metrics need the token of observability.bearer_token_file');
  }
}
