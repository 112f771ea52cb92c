import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { COMPILED, loadCompiled } from './load-compiled.js';

// Run by the build, with --help: what V8 compiled by then is what every command needs.
rmSync(COMPILED, { force: true });
const script = loadCompiled();
process.on('exit', () => {
  writeFileSync(`${COMPILED}.new`, script.createCachedData());
  renameSync(`${COMPILED}.new`, COMPILED);
});
