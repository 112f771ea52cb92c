import { Option, SubCommand } from 'nest-commander';
import { addPublicKey, removeFile, writeSecret } from '../access/key-files.js';
import { Help } from '../help/help.decorator.js';
import { ExitCode } from '../output/exit-code.js';
import { AdminCommand } from './admin-command.js';

interface TokenKeygenOptions {
  readonly key: string;
  readonly public: string;
}

/** `token keygen`: a key to sign tokens with, and its public half for the machines that check them. */
@SubCommand({ name: 'keygen', description: 'make a key pair: one file to sign tokens with, one to check them against' })
@Help({
  examples: ['token keygen --key=admin-key.json --public=admin-keys.json'],
  exitCodes: [ExitCode.Done, ExitCode.Usage],
})
export class TokenKeygenCommand extends AdminCommand {
  override readonly access = 'none';

  override async run(_: string[], { key, public: publicFile }: TokenKeygenOptions): Promise<void> {
    const { makeKeyPair } = await import('../access/tokens/index.js');
    const { privateKey, publicKey } = await makeKeyPair();
    writeSecret(key, `${JSON.stringify(privateKey, null, 2)}\n`, '--key');
    try {
      addPublicKey(publicFile, publicKey, '--public');
    } catch (error) {
      removeFile(key); // half a pair is of no use, and would be in the way of the next try
      throw error;
    }
    this.show({ kid: publicKey.kid, key, public: publicFile }, () => `${privateNote(key)}\n${publicNote(publicFile)}`);
  }

  @Option({
    flags: '--key <file>',
    description: 'the private key: a new file that only its owner may read',
    required: true,
  })
  parseKey(file: string): string {
    return file;
  }

  @Option({
    flags: '--public <file>',
    description: 'the public keys: a new file, or the one in use, to which the key is added',
    required: true,
  })
  parsePublic(file: string): string {
    return file;
  }
}

function privateNote(file: string): string {
  return `private key: ${file}  sign tokens with it, keep it away from the machines that check them`;
}

function publicNote(file: string): string {
  return `public keys: ${file}  name it in admin.access.key_file`;
}
