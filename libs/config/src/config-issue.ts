/** One thing that is wrong with a configuration. */
export interface ConfigIssue {
  /** The setting, as operators write it: `worker.count`. For a file that cannot be read: its name. */
  readonly path: string;
  /** What is there; never a secret. */
  readonly found: string;
  /** What would be right. */
  readonly expected: string;
  /** Where it was found: `config.yaml:12`, a variable, a flag, `default`. */
  readonly origin: string;
  /** All of it in one line, for people. */
  readonly line: string;
}

type Facts = Omit<ConfigIssue, 'line'>;

/** A value that is not what the setting takes. */
export function invalidValue(facts: Facts): ConfigIssue {
  return { ...facts, line: `${facts.path}: found ${facts.found} (${facts.origin}), expected ${facts.expected}` };
}

/** A key that no setting has. */
export function unknownKey(path: string, origin: string, suggestion: string): ConfigIssue {
  return {
    path,
    found: 'unknown key',
    expected: suggestion,
    origin,
    line: `${path}: unknown key (${origin}); ${suggestion}`,
  };
}

/** A file that is not YAML. */
export function syntaxError(path: string, lineNumber: number, found: string): ConfigIssue {
  const origin = `${path}:${lineNumber}`;
  return { path, found, expected: 'YAML', origin, line: `${origin}: not valid YAML: ${found}` };
}

/** How a value is quoted in an issue: as JSON, shortened, secrets never; nor a login inside of a URL in the wrong place. */
export function showValue(value: unknown, secret = false): string {
  if (secret) return '(hidden)';
  if (value === null || value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  const shown = text
    .replaceAll(/:\/\/[^"\s]*@/g, '://***@')
    .replaceAll(/(["\s,])[^"\s,:@/]*:(?!\/\/)[^"\s]*@/g, '$1***@');
  return shown.length > 80 ? `${shown.slice(0, 77)}…` : shown;
}
