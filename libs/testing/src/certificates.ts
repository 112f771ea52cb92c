import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Files that make a Redis speak TLS, and ask its clients for a certificate. */
export interface ServerTls {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
}

/** A certificate and its key, as a client of `node:https` takes them. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** Real certificates of the machine's openssl, in a folder of their own. */
export class Certificates {
  private readonly folder = mkdtempSync(join(tmpdir(), 'certificates-'));

  authority(name: string): void {
    this.openssl('req', '-x509', ...NEW_KEY, ...this.out(name), '-days', '2', '-subj', `/CN=${name}`);
  }

  /**
   * @param days - below 0: it is over.
   * @param names - whom it is for.
   */
  sign(name: string, authority: string, { days = 2, names = 'IP:127.0.0.1' } = {}): void {
    writeFileSync(this.path('names'), `subjectAltName=${names}`);
    this.openssl('req', ...NEW_KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const by = ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`, '-CAcreateserial', '-extfile', 'names'];
    this.openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.pem`, '-days', String(days));
  }

  /** `<name>.pem` or `<name>.key` */
  path(file: string): string {
    return join(this.folder, file);
  }

  read(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  identity(name: string): Identity {
    return { cert: this.read(`${name}.pem`), key: this.read(`${name}.key`) };
  }

  serverTls(name: string, authority: string): ServerTls {
    return {
      certFile: this.path(`${name}.pem`),
      keyFile: this.path(`${name}.key`),
      caFile: this.path(`${authority}.pem`),
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  private out(name: string): string[] {
    return ['-keyout', `${name}.key`, '-out', `${name}.pem`];
  }

  private openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.folder, stdio: 'pipe' });
  }
}
