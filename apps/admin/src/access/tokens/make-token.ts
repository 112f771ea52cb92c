import { randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';

/** A new pair of keys as JSON Web Keys; `kid` is the thumbprint of the public one (RFC 7638). */
export interface KeyPair {
  readonly privateKey: JWK & { readonly kid: string };
  readonly publicKey: JWK & { readonly kid: string };
}

/** What a new token says. Times in seconds since the Unix epoch. */
export interface TokenRequest {
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly issuer: string;
  readonly audience: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Makes an Ed25519 key pair. */
export async function makeKeyPair(): Promise<KeyPair> {
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const publicKey = await exportJWK(pair.publicKey);
  const facts = { kid: await calculateJwkThumbprint(publicKey), alg: 'EdDSA', use: 'sig' };
  return {
    publicKey: { ...publicKey, ...facts },
    privateKey: { ...(await exportJWK(pair.privateKey)), ...facts },
  };
}

/** Signs a token. Throws when the key is no private Ed25519 key. */
export async function makeToken(request: TokenRequest, key: JWK): Promise<{ token: string; id: string }> {
  const id = randomUUID();
  const token = await new SignJWT({ scope: request.scopes.join(' ') })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid: key.kid ?? (await calculateJwkThumbprint(key)) })
    .setIssuer(request.issuer)
    .setAudience(request.audience)
    .setSubject(request.subject)
    .setIssuedAt(request.issuedAt)
    .setNotBefore(request.issuedAt)
    .setExpirationTime(request.expiresAt)
    .setJti(id)
    .sign(await importJWK(key, 'EdDSA'));
  return { token, id };
}
