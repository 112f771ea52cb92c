import { integer, oneOf, text } from '../schema/scalar-types.js';
import { Section, Setting } from '../schema/setting.decorator.js';

/** `admin.access`: who may run which command. */
class AdminAccessConfig {
  @Setting(oneOf('off', 'token'), '`off`: whoever reaches Redis; `token`: who has a signed token')
  readonly mode: 'off' | 'token' = 'off'; // works on the first day

  @Setting(text(), 'File with the public keys that tokens are checked against, a JSON Web Key Set')
  readonly keyFile: string = ''; // needed by mode token

  @Setting(text(), 'Issuer that a token must name')
  readonly issuer: string = ''; // needed by mode token

  @Setting(text(), 'Audience that a token must name')
  readonly audience: string = ''; // needed by mode token
}

/** `admin.audit`: the trail of what operators changed. */
class AdminAuditConfig {
  @Setting(integer({ min: 1_000, max: 100_000_000 }), 'Entries that the audit trail keeps')
  readonly streamMaxLen: number = 100_000; // years of work by hand
}

/** `admin`: the operator's commands. */
export class AdminConfig {
  @Section(AdminAccessConfig)
  readonly access: AdminAccessConfig = new AdminAccessConfig();

  @Section(AdminAuditConfig)
  readonly audit: AdminAuditConfig = new AdminAuditConfig();
}
