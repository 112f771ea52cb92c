import { createSecretKey } from 'node:crypto';
import { importJWK, type JWK, SignJWT } from 'jose';
import { makeKeyPair, makeToken } from '../src/access/tokens/make-token.js';
import { type Scope, SCOPES } from '../src/access/scopes.js';

/** A pair of keys that tokens are issued with. */
export type KeyPair = Awaited<ReturnType<typeof makeKeyPair>>;

/** Who the tokens of the specs are for. */
export const NAMES = { issuer: 'ops.example', audience: 'jobqueue-test' };

const nowS = () => Math.floor(Date.now() / 1_000);

/** A token that holds, but for what is changed in it. */
export async function tokenFor(
  { privateKey }: Pick<KeyPair, 'privateKey'>,
  scopes: readonly string[],
  changes: Partial<Parameters<typeof makeToken>[0]> = {},
): Promise<string> {
  const times = { issuedAt: nowS(), expiresAt: nowS() + 600 };
  const { token } = await makeToken({ subject: 'alice', scopes, ...NAMES, ...times, ...changes }, privateKey);
  return token;
}

/** Every way in which a token can be no good for a scope, and what its refusal says. */
export async function badTokens(pair: KeyPair, scope: Scope): Promise<[name: string, token: string, says: string][]> {
  const stranger = await makeKeyPair();
  const claims = { sub: 'alice', scope, iss: NAMES.issuer, aud: NAMES.audience, iat: nowS(), exp: nowS() + 600 };
  const others = SCOPES.filter((each) => each !== scope);
  const posing = { ...stranger.privateKey, kid: pair.publicKey.kid };
  return [
    ['none', '', `a token with the scope ${scope} is needed`],
    ['expired', await tokenFor(pair, [scope], { issuedAt: nowS() - 900, expiresAt: nowS() - 60 }), 'it has expired'],
    ['not yet valid', await tokenFor(pair, [scope], { issuedAt: nowS() + 300 }), 'it is not valid yet'],
    ['wrong audience', await tokenFor(pair, [scope], { audience: 'another' }), 'its audience is not'],
    ['wrong issuer', await tokenFor(pair, [scope], { issuer: 'another' }), 'its issuer is not'],
    ['alg none', unsigned(claims), 'it is not signed with EdDSA'],
    ['HS256 with the public key', await signedWithPublicKey(claims, pair.publicKey), 'it is not signed with EdDSA'],
    ['unknown kid', await tokenFor(stranger, [scope]), 'has its kid'],
    ['known kid, other key', await tokenFor({ privateKey: posing }, [scope]), 'its signature is wrong'],
    ['no kid', await withoutKid(pair, claims), 'has its kid'],
    ['no expiry', await withoutKid(pair, { ...claims, exp: undefined }, pair.publicKey.kid), 'its claim "exp"'],
    ['no token at all', 'garbage.in.here', 'it is no signed token'],
    ['missing scope', await tokenFor(pair, others), `does not have the scope ${scope}`],
  ];
}

function unsigned(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`;
}

/** The classic confusion: the public key, which everybody may read, as a shared secret. */
function signedWithPublicKey(claims: Record<string, unknown>, key: JWK): Promise<string> {
  const secret = createSecretKey(Buffer.from(key.x!, 'base64url'));
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: key.kid }).sign(secret);
}

async function withoutKid({ privateKey }: KeyPair, claims: object, kid?: string): Promise<string> {
  const header = { alg: 'EdDSA', ...(kid === undefined ? {} : { kid }) };
  return new SignJWT({ ...claims }).setProtectedHeader(header).sign(await importJWK(privateKey, 'EdDSA'));
}
