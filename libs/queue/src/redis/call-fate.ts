import { RedisRefusedError } from '../errors/redis-refused.error.js';
import { RedisUnavailableError } from '../errors/redis-unavailable.error.js';

/**
 * Turns what a client threw after a command was handed to it into what is known of the call: refused (Redis answered in
 * words: nothing was written), not sent, or unknown. The original is not attached: ioredis errors carry the arguments of
 * the command, and with them payloads. ioredis has no code for "not sent"; its text is matched here, nowhere else.
 */
export function classifyFailure(error: unknown): RedisRefusedError | RedisUnavailableError {
  if (error instanceof RedisUnavailableError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.name === 'ReplyError') return new RedisRefusedError(errorWord(message), message);
  return new RedisUnavailableError(message.startsWith("Stream isn't writeable") ? 'not-sent' : 'unknown', message);
}

/** `OOM command not allowed…` → `OOM`. */
function errorWord(message: string): string {
  return /^-?([A-Z][A-Z]+)\b/.exec(message)?.[1] ?? 'ERR';
}
