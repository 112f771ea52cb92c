import { UnrecoverableJobError } from '@app/queue';
import type { LookupAddress } from 'node:dns';
import { type AddressReach, reachOf } from './address-rules.js';

/** Who may be asked: `worker.http_request`. */
export interface OriginRules {
  readonly allowedOrigins: readonly string[];
  readonly privateOrigins: readonly string[];
}

/** Where a job may go, by its URL alone. */
export interface Target {
  readonly url: URL;
  /** For messages: without the query, which may hold a secret. */
  readonly label: string;
  readonly mayBePrivate: boolean;
}

/** @throws {UnrecoverableJobError} no URL, a user in it, or an origin that no setting allows. */
export function allowedTarget(text: string, { allowedOrigins, privateOrigins }: OriginRules): Target {
  if (!URL.canParse(text)) throw new UnrecoverableJobError('the url of the job is no URL');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    throw new UnrecoverableJobError('the url of the job must not hold a user or a password');
  const mayBePrivate = names(privateOrigins, url);
  if (!mayBePrivate && !names(allowedOrigins, url))
    throw new UnrecoverableJobError(
      `the origin ${JSON.stringify(url.origin)} is not in worker.http_request.allowed_origins: add it there, then requeue the job`,
    );
  return { url, label: `${url.origin}${url.pathname}`, mayBePrivate };
}

/**
 * Checks what a name was resolved to; all of it, since any may be used.
 *
 * @throws {UnrecoverableJobError} one of the addresses is not for this origin.
 */
export function checkAddresses({ url, mayBePrivate }: Target, addresses: readonly LookupAddress[]): void {
  const permitted: readonly AddressReach[] = mayBePrivate ? ['public', 'private'] : ['public'];
  const refused = addresses.find(({ address }) => !permitted.includes(reachOf(address)));
  if (!refused) return;
  const reach = reachOf(refused.address);
  const remedy =
    reach === 'private' ? `: list ${url.origin} in worker.http_request.private_origins if it is meant` : '';
  throw new UnrecoverableJobError(`${url.host} leads to the ${reach} address ${refused.address}${remedy}`);
}

/** In any spelling: with the default port or without, upper case or lower. */
function names(origins: readonly string[], { origin }: URL): boolean {
  return origins.some((listed) => URL.canParse(listed) && new URL(listed).origin === origin);
}
