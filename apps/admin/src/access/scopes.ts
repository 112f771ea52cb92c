/** What a token may allow. A token lists those it holds; none includes another. */
export const SCOPES = [
  'admin:read',
  'admin:peek',
  'admin:dlq',
  'admin:queue',
  'admin:bench',
  'admin:repair',
  'admin:purge',
] as const;

/** One of the scopes. */
export type Scope = (typeof SCOPES)[number];

/** What a command needs; `none`: it looks at this machine only and never at the queue. */
export type Access = 'none' | Scope;

/** The declaration of a command: one scope, or another one when a flag is given (`{ usual: 'admin:read', payload: 'admin:peek' }`). */
export type CommandAccess = Access | { readonly usual: Scope; readonly [flag: string]: Scope };

const HARMLESS: ReadonlySet<Access> = new Set<Access>(['none', 'admin:read', 'admin:peek', 'admin:bench']);

/** Whether this scope is for what cannot be taken back, or keeps jobs from running. */
export function isDestructive(scope: Scope): boolean {
  return !HARMLESS.has(scope);
}

/** What a command needs when it is called with these options. */
export function accessWith(access: CommandAccess, options: object): Access {
  if (typeof access === 'string') return access;
  const { usual, ...byFlag } = access;
  const given = Object.entries(byFlag).find(([flag]) => (options as Record<string, unknown>)[flag]);
  return given?.[1] ?? usual;
}

/** For the help: `admin:read; with --payload: admin:peek`. */
export function describeAccess(access: CommandAccess): string {
  if (typeof access === 'string') return access;
  const { usual, ...byFlag } = access;
  return [usual, ...Object.entries(byFlag).map(([flag, scope]) => `with --${flag}: ${scope}`)].join('; ');
}
