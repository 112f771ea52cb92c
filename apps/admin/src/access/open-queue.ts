import type { AppConfig } from '@app/config';
import { AuditService, BenchService, DoctorService, InspectService, OperateService } from '@app/queue';
import type { INestApplicationContext } from '@nestjs/common';

/** What a command reads with while its session is open. */
export interface OpenQueue {
  readonly config: AppConfig;
  readonly inspect: InspectService;
  readonly bench: Pick<BenchService, 'look'>;
  readonly doctor: Pick<DoctorService, 'examine'>;
  readonly audit: Pick<AuditService, 'latest'>;
}

/** What a command writes with. In a dry run only the reading part is there; the others throw. */
export interface WritableQueue extends OpenQueue {
  readonly operate: OperateService;
  readonly bench: BenchService;
  readonly doctor: DoctorService;
  /** Who runs the command, as the audit trail names them. */
  readonly actor: string;
}

/** A session with its connection, not yet handed out. */
export interface Opened {
  readonly config: AppConfig;
  readonly context: INestApplicationContext;
}

/** What a granted read gets. */
export function readable({ config, context }: Opened): OpenQueue {
  return {
    config,
    inspect: context.get(InspectService),
    bench: context.get(BenchService),
    doctor: context.get(DoctorService),
    audit: context.get(AuditService),
  };
}

/** What a granted and recorded write gets. */
export function writable(open: Opened, actor: string): WritableQueue {
  const { context } = open;
  const [bench, doctor] = [context.get(BenchService), context.get(DoctorService)];
  return { ...readable(open), bench, doctor, operate: context.get(OperateService), actor };
}

/** What a dry run gets: whatever it calls by mistake, nothing is changed. */
export function readOnly(open: Opened, actor: string): WritableQueue {
  const { bench, doctor, ...rest } = readable(open);
  return {
    ...rest,
    actor,
    bench: only<BenchService>({ look: (queue) => bench.look(queue) }),
    doctor: only<DoctorService>({ examine: (control) => doctor.examine(control) }),
    operate: only<OperateService>({}),
  };
}

function only<T extends object>(allowed: Partial<T>): T {
  return new Proxy<T>(allowed as T, {
    get(target, name) {
      if (name in target) return target[name as keyof T];
      throw new Error(`a dry run must not call ${String(name)}`);
    },
  });
}
