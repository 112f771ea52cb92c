import type { ConfigIssue } from './config-issue.js';

/**
 * The configuration cannot be used. Carries everything that is wrong with it, so that an operator fixes it in one go;
 * the message has one line for each. Apps print the message and exit with 2, before anything is connected.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly issues: readonly ConfigIssue[]) {
    super(issues.map((issue) => issue.line).join('\n'));
  }
}
