import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readBounded } from '@app/config';
import type { JSONWebKeySet, JWK } from 'jose';
import { UsageError } from '../commands/usage.error.js';

const MAX_BYTES = 256 * 1024;

/**
 * Reads the public keys that tokens are checked against: a JSON Web Key Set, several keys at once for a rotation.
 *
 * @param setting - what names the file, for the message.
 * @throws {UsageError} it cannot be read, holds another kind of key or a private one, or everybody may write it.
 */
export function readPublicKeys(file: string, setting: string): JSONWebKeySet {
  const keys = (readJson(file, setting) as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys) || keys.length === 0 || !keys.every(isEd25519))
    throw unusable(file, setting, 'a JSON Web Key Set of Ed25519 keys, each with a kid');
  if (keys.some((key: JWK) => key.d !== undefined))
    throw unusable(file, setting, 'public keys only: it holds a private key, which belongs to who issues tokens');
  if (modeOf(file) & 0o002) throw unusable(file, setting, 'a file that not everybody may write: chmod o-w');
  return { keys };
}

/** Reads the key that tokens are signed with. @throws {UsageError} it is none, or others may read it. */
export function readPrivateKey(file: string, flag: string): JWK {
  const key: unknown = readJson(file, flag);
  if (!isEd25519(key) || typeof key.d !== 'string')
    throw unusable(file, flag, 'a private Ed25519 key, as token keygen makes one');
  if (modeOf(file) & 0o077) throw unusable(file, flag, 'a file that only its owner may read: chmod 600');
  return key;
}

/** Writes a secret that only its owner may read. @throws {UsageError} the file is there already: it is never overwritten. */
export function writeSecret(file: string, text: string, flag: string): void {
  write(file, text, 0o600, flag);
}

/** Adds a public key to a key set, or starts one. Keys that are there stay, so their tokens stay good. */
export function addPublicKey(file: string, key: JWK, flag: string): void {
  const known = isThere(file) ? readPublicKeys(file, flag).keys : [];
  const text = `${JSON.stringify({ keys: [...known, key] }, null, 2)}\n`;
  if (known.length === 0) return write(file, text, 0o644, flag);
  const next = `${file}.new`;
  write(next, text, 0o644, flag);
  renameSync(next, file);
}

/** Takes back a file that was just written. */
export function removeFile(file: string): void {
  rmSync(file, { force: true });
}

function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

function isEd25519(key: unknown): key is JWK & { kid: string } {
  const { kty, crv, kid, x } = (key ?? {}) as JWK;
  return kty === 'OKP' && crv === 'Ed25519' && typeof kid === 'string' && typeof x === 'string';
}

function modeOf(file: string): number {
  return process.platform === 'win32' ? 0 : statSync(file).mode;
}

/** The message never repeats the content: it may be a secret. */
function readJson(file: string, setting: string): unknown {
  const text = readText(file, setting, MAX_BYTES);
  try {
    return JSON.parse(text);
  } catch {
    throw unusable(file, setting, 'JSON');
  }
}

/** Reads a small text file. @throws {UsageError} it is not there, may not be read, or is too large. */
export function readText(file: string, setting: string, maxBytes: number): string {
  try {
    return readBounded(file, maxBytes);
  } catch (error) {
    throw new UsageError(`${setting}: "${file}" cannot be read: ${messageOf(error)}`);
  }
}

function write(file: string, text: string, mode: number, flag: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx', mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new UsageError(`${flag}: "${file}" is there already, and is never overwritten; name another file`);
    throw new UsageError(`${flag}: "${file}" cannot be written: ${messageOf(error)}`);
  }
}

function unusable(file: string, setting: string, expected: string): UsageError {
  return new UsageError(`${setting}: "${file}" is not as expected: ${expected}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
