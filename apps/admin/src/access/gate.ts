import type { AppConfig } from '@app/config';
import { CommandEndError } from '../output/end-errors.js';
import { type Actor, localActor, tokenActor } from './actor.js';
import { readPublicKeys } from './key-files.js';
import { type Access, isDestructive } from './scopes.js';
import { findToken } from './token-source.js';

type AccessConfig = AppConfig['admin']['access'];

const UNGUARDED =
  'admin.access.mode is off, and with NODE_ENV=production nothing is changed without a token: ' +
  'set admin.access.mode: token (docs/security.md), or look with --dry-run';

/** What a run asks for. */
export interface AccessRequest {
  readonly scope: Access;
  /** It only shows what would happen. */
  readonly dryRun: boolean;
  /** `--token-file` */
  readonly tokenFile?: string;
}

/** Nobody said that this is allowed, so it is not. The message never repeats a token. */
export class AccessRefusedError extends CommandEndError {
  /** @param actor - who asks, as far as that is known. */
  constructor(
    message: string,
    readonly actor: Actor,
  ) {
    super(4, message);
  }
}

/**
 * Decides whether a command may run, and says who runs it.
 *
 * @throws {AccessRefusedError} it may not.
 */
export async function admit(
  access: AccessConfig,
  request: AccessRequest,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Actor> {
  if (access.mode === 'token') return bearerOf(access, request, env);
  const actor = localActor('off');
  if (env.NODE_ENV === 'production' && isUnguarded(request)) throw new AccessRefusedError(UNGUARDED, actor);
  return actor;
}

/** A change that nobody checks, when tokens are off. */
export function isUnguarded({ scope, dryRun }: AccessRequest): boolean {
  return scope !== 'none' && isDestructive(scope) && !dryRun;
}

/** Whoever a token was given to, when it holds and names the scope. */
async function bearerOf(access: AccessConfig, request: AccessRequest, env: NodeJS.ProcessEnv): Promise<Actor> {
  const { scope } = request;
  const token = findToken(request.tokenFile, env);
  if (!token) throw refusal(`a token with the scope ${scope} is needed: --token-file, ADMIN_TOKEN_FILE or ADMIN_TOKEN`);
  const keys = readPublicKeys(access.keyFile, 'admin.access.key_file');
  const { checkToken } = await import('./tokens/index.js');
  const verdict = await checkToken(token, keys, access);
  if ('refusal' in verdict) throw refusal(`the token is refused: ${verdict.refusal}`, verdict.subject);
  const { subject, id, scopes } = verdict.claims;
  if (scopes.includes(scope)) return tokenActor(subject, id);
  throw refusal(`the token of "${subject}" does not have the scope ${scope}, it has ${scopes.join(', ')}`, subject, id);
}

function refusal(message: string, subject?: string, tokenId = ''): AccessRefusedError {
  const actor = subject === undefined ? localActor('unproven') : tokenActor(subject, tokenId);
  return new AccessRefusedError(message, actor);
}
