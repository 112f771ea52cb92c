import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult } from '@nestjs/terminus';
import { ReadinessService } from './readiness.service.js';

/** `/healthz` and `/readyz`, without a login. */
@Controller()
export class HealthController {
  constructor(private readonly readiness: ReadinessService) {}

  /** 200 as long as the event loop turns. It never looks at Redis: restarting this process would not bring that back. */
  @Get('healthz')
  @HealthCheck()
  healthz(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }

  /** 200 when this process should get work (`ok` or `degraded`); else 503 with the failing check and the next step. */
  @Get('readyz')
  @HealthCheck()
  readyz(): HealthCheckResult {
    const report = this.readiness.report();
    if (report.status === 'ok' || report.status === 'degraded') return report;
    throw new ServiceUnavailableException(report);
  }
}
