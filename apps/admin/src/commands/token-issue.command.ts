import { loadConfig, parseGoDuration } from '@app/config';
import { Option, SubCommand } from 'nest-commander';
import { readPrivateKey, writeSecret } from '../access/key-files.js';
import { type Scope, SCOPES } from '../access/scopes.js';
import { Help } from '../help/help.decorator.js';
import { ExitCode } from '../output/exit-code.js';
import { writeNote } from '../output/report-error.js';
import { AdminCommand } from './admin-command.js';
import { parseChoice } from './arguments.js';
import { UsageError } from './usage.error.js';

const DEFAULT_TTL = '8h'; // a shift
const SHORTEST = '1m';
const LONGEST = '2160h'; // a token cannot be revoked but with its key

/** A name as logs and audit trails can show it. */
const SUBJECT = /^[\p{L}\p{N}][\p{L}\p{N} ._@+/:-]{0,127}$/u;

interface TokenIssueOptions {
  readonly key: string;
  readonly sub: string;
  readonly scope: readonly Scope[];
  readonly ttl?: number;
  readonly out?: string;
}

/** `token issue`: signs a token. Needs no Redis: whoever holds the private key decides who may do what. */
@SubCommand({ name: 'issue', description: 'sign a token: who, which scopes, for how long' })
@Help({
  examples: [
    'token issue --key=admin-key.json --sub=alice --scope=admin:read,admin:dlq --out=alice.jwt',
    'token issue --key=admin-key.json --sub=ci --scope=admin:read --ttl=15m > ci.jwt',
  ],
  exitCodes: [ExitCode.Done, ExitCode.Usage],
})
export class TokenIssueCommand extends AdminCommand {
  override readonly access = 'none';

  override async run(_: string[], { key, sub, scope, ttl, out }: TokenIssueOptions): Promise<void> {
    const { makeToken } = await import('../access/tokens/index.js');
    const { issuer, audience } = this.names();
    const issuedAt = Math.floor(Date.now() / 1_000);
    const expiresAt = issuedAt + Math.round((ttl ?? parseGoDuration(DEFAULT_TTL)!) / 1_000);
    const request = { subject: sub, scopes: scope, issuer, audience, issuedAt, expiresAt };
    const { token, id } = await makeToken(request, readPrivateKey(key, '--key'));
    const facts = { id, sub, scopes: scope, issuer, audience, expiresAt: new Date(expiresAt * 1_000).toISOString() };
    if (out !== undefined) writeSecret(out, `${token}\n`, '--out');
    writeNote(`for ${sub}: ${scope.join(', ')}; until ${facts.expiresAt}`);
    this.show(out === undefined ? { token, ...facts } : { file: out, ...facts }, () => out ?? token);
  }

  /** Who issues and for whom: the settings that a token is checked against. */
  private names(): { issuer: string; audience: string } {
    const { issuer, audience } = loadConfig({ file: this.globals().config, env: process.env }).config.admin.access;
    if (issuer && audience) return { issuer, audience };
    const missing = issuer ? 'admin.access.audience' : 'admin.access.issuer';
    throw new UsageError(
      `${missing} is empty: set it as where the token will be checked, or name that file in --config`,
    );
  }

  @Option({ flags: '--key <file>', description: 'the private key, as token keygen made it', required: true })
  parseKey(file: string): string {
    return file;
  }

  @Option({ flags: '--sub <name>', description: 'who will use it: the name in the audit trail', required: true })
  parseSub(name: string): string {
    if (SUBJECT.test(name)) return name;
    throw new UsageError(`--sub: found "${name}", expected a name: letters, digits and . _ @ + / : - , at most 128`);
  }

  @Option({ flags: '--scope <list>', description: `of ${SCOPES.join(', ')}; a comma between them`, required: true })
  parseScope(list: string): Scope[] {
    return [...new Set(list.split(/[, ]+/))].map((word) => parseChoice('--scope', word, SCOPES));
  }

  @Option({
    flags: '--ttl <duration>',
    description: `how long it is good, ${SHORTEST} to ${LONGEST} (default: ${DEFAULT_TTL})`,
  })
  parseTtl(text: string): number {
    const ms = parseGoDuration(text);
    if (ms !== undefined && ms >= parseGoDuration(SHORTEST)! && ms <= parseGoDuration(LONGEST)!) return ms;
    throw new UsageError(`--ttl: found "${text}", expected a duration from ${SHORTEST} to ${LONGEST}, as in 8h`);
  }

  @Option({ flags: '--out <file>', description: 'a new file for it, which only its owner may read (default: stdout)' })
  parseOut(file: string): string {
    return file;
  }
}
