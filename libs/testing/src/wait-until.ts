import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

/** How long to wait, and how often to look. */
export interface WaitOptions {
  /** Default: 10 s. */
  readonly timeoutMs?: number;
  /** Pause between two looks. Default: 10 ms. */
  readonly everyMs?: number;
  /** What is waited for, as the failure message says it. */
  readonly what?: string;
}

/**
 * Asks again and again until the answer is truthy, and returns it. A probe that throws counts as "not yet".
 *
 * @throws {Error} at the deadline, with the last value or error that was seen.
 */
export async function waitUntil<T>(
  probe: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<Exclude<T, false | null | undefined>> {
  const { timeoutMs = 10_000, everyMs = 10, what = 'the condition' } = options;
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look(probe);
    if ('value' in seen && seen.value) return seen.value as Exclude<T, false | null | undefined>;
    if (performance.now() >= deadlineMs) throw new Error(failureMessage(what, timeoutMs, seen));
    await sleep(everyMs);
  }
}

/** Waits until the probe gives exactly this value (compared as inspected text, so objects work). */
export async function waitForValue<T>(
  probe: () => T | Promise<T>,
  expected: T,
  options: WaitOptions = {},
): Promise<void> {
  const wanted = inspect(expected, { depth: 5 });
  let last: unknown;
  const reached = async () => inspect((last = await probe()), { depth: 5 }) === wanted;
  const what = options.what ?? `the value ${wanted}`;
  await waitUntil(reached, { ...options, what }).catch((cause: unknown) => {
    throw new Error(`${what}: last seen ${inspect(last, { depth: 5 })}`, { cause });
  });
}

type Seen = { readonly value: unknown } | { readonly error: unknown };

async function look(probe: () => unknown): Promise<Seen> {
  try {
    return { value: await probe() };
  } catch (error) {
    return { error };
  }
}

function failureMessage(what: string, timeoutMs: number, seen: Seen): string {
  const last =
    'error' in seen ? `last error ${inspect(seen.error)}` : `last value ${inspect(seen.value, { depth: 5 })}`;
  return `${what} did not come true within ${timeoutMs} ms; ${last}`;
}
