import { execFileSync } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { COMPILED, loadCompiled } from './load-compiled.js';

// Run by the build, with --help: what V8 compiled by then is what every command needs. The build gives V8 fixed seeds, so that two
// builds give the same bytes; what is compiled does not depend on them.
rmSync(COMPILED, { force: true });
const script = loadCompiled();
process.on('exit', () => {
  const code = script.createCachedData();
  flagsOfCommands().copy(code, FLAGS_AT);
  writeFileSync(`${COMPILED}.new`, code);
  renameSync(`${COMPILED}.new`, COMPILED);
});

/** Where compiled code says with which flags of V8 it was made: other flags, and it is refused. Commands run without any. */
const FLAGS_AT = 12;

function flagsOfCommands(): Buffer {
  const ask = "process.stdout.write(new (require('vm').Script)('').createCachedData().subarray(12, 16))";
  return execFileSync(process.execPath, ['-e', ask]);
}
