import { commands, list, weights } from '../schema/collection-types.js';
import { duration, integer, oneOf } from '../schema/scalar-types.js';
import { Section, Setting } from '../schema/setting.decorator.js';
import { COMMAND_NAME, NOT_EMPTY, QUEUE_NAME, WEB_ORIGIN } from './patterns.js';

/** Shortest lease outside of tests: below it an ordinary pause of a process costs its jobs. */
export const MIN_HEARTBEAT_TTL = '5s';

/** Tests go down to 1s; `rules/between-settings.ts` knows who is a test. */
const heartbeatTtl = { ...duration({ min: '1s' }), expected: duration({ min: MIN_HEARTBEAT_TTL }).expected };

/** `worker.backoff`: the growing, random delay before a retry. */
class BackoffConfig {
  @Setting(duration({ min: '1ms' }), 'Upper bound of the first delay; it doubles with every attempt')
  readonly baseMs: number = 500; // most hiccups are over by then

  @Setting(duration({ min: '1ms' }), 'Where the doubling ends')
  readonly maxMs: number = 10_000; // all retries together stay below a minute
}

/** `worker.file_digest`: the built-in handler of `file.digest`. */
class FileDigestConfig {
  @Setting(
    list({ items: 'folders', pattern: NOT_EMPTY }),
    'The folders it may read; empty: only producer.scan_dir, or nothing',
  )
  readonly roots: readonly string[] = []; // a job must not read what nobody offered
}

/** `worker.http_request`: the built-in handler of `http.request`. */
class HttpRequestConfig {
  @Setting(
    list({ items: 'origins, such as https://api.example.org', pattern: WEB_ORIGIN }),
    'Origins it may post to, at public addresses only',
  )
  readonly allowedOrigins: readonly string[] = []; // a job must not reach what nobody offered

  @Setting(
    list({ items: 'origins, such as http://127.0.0.1:8080', pattern: WEB_ORIGIN }),
    'Origins it may post to that may have private or loopback addresses',
  )
  readonly privateOrigins: readonly string[] = []; // what is inside is named one by one

  @Setting(duration({ min: '1ms' }), 'How long it waits for a whole answer')
  readonly timeoutMs: number = 30_000; // what most servers allow themselves
}

/** `worker.command_run`: the built-in handler of `command.run`. */
class CommandRunConfig {
  @Setting(commands(COMMAND_NAME), 'The commands it may run, by name: a program and its arguments, never a shell line')
  readonly commands: Readonly<Record<string, readonly string[]>> = {}; // a job names one, and brings none
}

/** `worker`: how one worker process runs jobs. */
export class WorkerConfig {
  @Setting(integer({ min: 1, max: 10_000 }), 'Jobs that one process runs at once')
  readonly count: number = 16; // handlers mostly wait for others

  @Setting(list({ items: 'names of queues', pattern: QUEUE_NAME, minSize: 1 }), 'The queues served, in this order')
  readonly priorities: readonly string[] = ['high', 'low']; // all of them

  @Setting(
    oneOf('strict', 'weighted'),
    '`strict`: always the first queue with work; `weighted`: shares by weights, so that none starves',
  )
  readonly priorityMode: 'strict' | 'weighted' = 'strict'; // what people expect of "high"

  @Setting(weights({ min: 1, max: 1_000 }), 'Shares of the queues when priority_mode is weighted')
  readonly weights: Readonly<Record<string, number>> = { high: 5, low: 1 }; // low gets one job in six

  @Setting(heartbeatTtl, 'How long a worker may be silent before its jobs are given to others; at least 5s')
  readonly heartbeatTtlMs: number = 30_000; // outlasts a long garbage collection and a Redis failover

  @Setting(
    integer({ min: 0, max: 1_000 }),
    'Retries after the first attempt, for jobs that bring no number of their own',
  )
  readonly maxRetries: number = 3; // four attempts tell a hiccup from a fault

  @Setting(
    integer({ min: 1, max: 15 }),
    'Times that a job which runs alone may lose its process to SIGKILL, SIGTERM or unseen before it is dead',
  )
  readonly maxCrashes: number = 3; // three kills of a process with one job in it are no coincidence

  @Section(BackoffConfig)
  readonly backoff: BackoffConfig = new BackoffConfig();

  @Setting(duration({ min: '1ms' }), 'How long a job may run that brings no timeout of its own')
  readonly jobTimeoutMs: number = 600_000; // ends what hangs, spares what is slow

  @Setting(duration({ min: '0s' }), 'How long a stopping worker lets its jobs finish before it aborts them')
  readonly shutdownTimeoutMs: number = 25_000; // below the 30 s that Kubernetes grants

  @Setting(
    integer({ min: 0, max: 1_000 }),
    'Most jobs claimed ahead of a free slot while handlers take less than 5 ms; 0: none. Bends strict order by so many jobs',
  )
  readonly prefetch: number = 0; // claimed ahead is delayed behind a slow neighbour

  @Setting(duration({ min: '1s' }), 'How long a handler may block the event loop before the lease is given up')
  readonly maxBlockMs: number = 60_000; // longer than any honest computation between two awaits

  @Section(FileDigestConfig)
  readonly fileDigest: FileDigestConfig = new FileDigestConfig();

  @Section(HttpRequestConfig)
  readonly httpRequest: HttpRequestConfig = new HttpRequestConfig();

  @Section(CommandRunConfig)
  readonly commandRun: CommandRunConfig = new CommandRunConfig();
}
