import { WorkerLifecycle } from '@app/queue';
import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';

/** What the worker of this process says about itself. */
export type WorkerStatus = ReturnType<WorkerLifecycle['status']>;

/** Finds the worker of this app, wherever in its modules it is; an app without `WorkerModule` has none. */
@Injectable()
export class WorkerProbe {
  private lifecycle?: WorkerLifecycle | null;

  constructor(private readonly modules: ModuleRef) {}

  /** Nothing in an app that runs no jobs. */
  status(): WorkerStatus | undefined {
    this.lifecycle ??= this.find();
    return this.lifecycle?.status();
  }

  /** The state of the circuit breaker of each kind that this process can run; empty in an app that runs no jobs. */
  breakers(): ReturnType<WorkerLifecycle['breakers']> {
    this.lifecycle ??= this.find();
    return this.lifecycle?.breakers() ?? new Map();
  }

  private find(): WorkerLifecycle | null {
    try {
      return this.modules.get(WorkerLifecycle, { strict: false });
    } catch {
      return null;
    }
  }
}
