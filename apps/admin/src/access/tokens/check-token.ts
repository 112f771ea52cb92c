import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';

/** What every token must say besides its signature. */
export interface ExpectedToken {
  readonly issuer: string;
  readonly audience: string;
}

/** What a token that holds says. */
export interface TokenClaims {
  readonly subject: string;
  readonly id: string;
  readonly scopes: readonly string[];
}

/** The claims, or why they count for nothing. `subject`: who it was given to, when at least the signature holds. */
export type TokenVerdict = { readonly claims: TokenClaims } | { readonly refusal: string; readonly subject?: string };

const CLOCKS_APART = '5s';

/**
 * Checks signature, key, issuer, audience and times. Only EdDSA counts, whatever the token says of itself, so neither
 * `none` nor a public key used as a shared secret opens anything. The key is found by its `kid`.
 */
export async function checkToken(
  token: string,
  keys: JSONWebKeySet,
  { issuer, audience }: ExpectedToken,
): Promise<TokenVerdict> {
  const find = createLocalJWKSet(keys);
  try {
    const { payload } = await jwtVerify(
      token,
      (header, input) => {
        if (!header.kid) throw new errors.JWKSNoMatchingKey();
        return find(header, input);
      },
      {
        algorithms: ['EdDSA'],
        issuer,
        audience,
        clockTolerance: CLOCKS_APART,
        requiredClaims: ['sub', 'iat', 'exp', 'scope'],
      },
    );
    return payload.sub ? { claims: claimsOf(payload) } : { refusal: 'it names nobody' };
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    return { refusal: reasonOf(error), subject: subjectOf(error) };
  }
}

function claimsOf({ sub = '', jti = '', scope }: JWTPayload): TokenClaims {
  return { subject: sub, id: jti, scopes: typeof scope === 'string' ? scope.split(' ') : [] };
}

const REASONS: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'it has expired',
  ERR_JOSE_ALG_NOT_ALLOWED: 'it is not signed with EdDSA',
  ERR_JWKS_NO_MATCHING_KEY: 'no key of admin.access.key_file has its kid',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'its signature is wrong',
};

const CLAIM_REASONS: Readonly<Record<string, string>> = {
  iss: 'its issuer is not admin.access.issuer',
  aud: 'its audience is not admin.access.audience',
  nbf: 'it is not valid yet',
  iat: 'it was issued in the future, or does not say when',
};

function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTClaimValidationFailed)
    return CLAIM_REASONS[error.claim] ?? `its claim "${error.claim}" is missing or wrong`;
  return REASONS[error.code] ?? 'it is no signed token';
}

/** The claims are looked at only after the signature, so a subject that comes with such an error is proven. */
function subjectOf(error: errors.JOSEError): string | undefined {
  const isSigned = error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed;
  return isSigned && typeof error.payload.sub === 'string' ? error.payload.sub : undefined;
}
