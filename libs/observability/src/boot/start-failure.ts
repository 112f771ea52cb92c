import { QueueError, type QueueErrorCode } from '@app/queue';
import { toLogError } from '../logging/log-error.js';
import { escapeControls } from '../logging/log-text.js';
import { StartError } from '../start-error.js';

const EXIT_FAILED = 1;
const EXIT_WRONG_CONFIGURATION = 2;

const CONFIGURATION_CODES: ReadonlySet<QueueErrorCode> = new Set([
  'partition-mismatch',
  'invalid-options',
  'duplicate-kind',
]);

/** What is said of an app that cannot start, and the code it exits with. */
export interface StartFailure {
  readonly text: string;
  readonly exitCode: number;
}

/**
 * A wrong configuration (also: another partition count than Redis holds, a kind with two handlers, a port in use) is told
 * by its message alone and exits with 2; anything else is a bug or a broken machine: with its stack, exit 1.
 */
export function startFailure(name: string, error: unknown): StartFailure {
  const { message, stack, type } = toLogError(error);
  const isConfiguration = isConfigurationError(error);
  const text = isConfiguration ? message : (stack ?? `${type}: ${message}`);
  return {
    text: `${name} cannot start: ${text.split('\n').map(escapeControls).join('\n')}`,
    exitCode: isConfiguration ? EXIT_WRONG_CONFIGURATION : EXIT_FAILED,
  };
}

/** A `ConfigError` is known by its name: libs/config and this library do not know each other. */
function isConfigurationError(error: unknown): boolean {
  if (error instanceof QueueError) return CONFIGURATION_CODES.has(error.code);
  return error instanceof StartError || (error instanceof Error && error.name === 'ConfigError');
}
