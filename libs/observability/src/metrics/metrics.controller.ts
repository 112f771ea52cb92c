import { Controller, Get, Header, UseGuards } from '@nestjs/common';
import { Registry } from 'prom-client';
import { ClientCertificateGuard } from './client-certificate.guard.js';
import { MetricsTokenGuard } from './metrics-token.guard.js';

/** `/metrics`, from the registry of this app; PrometheusModule gives it its path. */
@Controller()
export class MetricsController {
  constructor(private readonly registry: Registry) {}

  @Get()
  @UseGuards(ClientCertificateGuard, MetricsTokenGuard)
  @Header('Content-Type', Registry.PROMETHEUS_CONTENT_TYPE)
  scrape(): Promise<string> {
    return this.registry.metrics();
  }
}
