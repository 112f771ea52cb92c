import { RedisRefusedError } from '../errors/redis-refused.error.js';
import { RedisUnavailableError } from '../errors/redis-unavailable.error.js';

const NOT_SENT = /^(Stream isn't writeable|Cluster isn't ready)/;

/**
 * Turns what a client threw after a command was handed to it into what is known of the call: refused (Redis answered in
 * words: nothing was written), not sent, or unknown. The original is not attached: ioredis errors carry the arguments of
 * the command, and with them payloads. ioredis has no code for "not sent"; its text is matched here, nowhere else.
 */
export function classifyFailure(error: unknown): RedisRefusedError | RedisUnavailableError {
  if (error instanceof RedisUnavailableError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.name === 'ReplyError') return new RedisRefusedError(errorWord(message), message);
  // a cluster client gives up after so many refusals
  if (message.startsWith('Too many Cluster redirections')) return new RedisRefusedError('TRYAGAIN', message);
  return new RedisUnavailableError(NOT_SENT.test(message) ? 'not-sent' : 'unknown', message);
}

/** `OOM command not allowed…` → `OOM`. */
function errorWord(message: string): string {
  return /^-?([A-Z][A-Z]+)\b/.exec(message)?.[1] ?? 'ERR';
}
