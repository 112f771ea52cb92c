import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

/** The program of every command, and beside it what V8 made of it. */
const PROGRAM = fileURLToPath(new URL('./main.cjs', import.meta.url));
export const COMPILED = `${PROGRAM}.compiled`;

/**
 * Runs the program from the compiled code that the build left beside it, which saves a third of a command's time.
 * V8 refuses compiled code of another version, machine or source; then, and without any, it compiles.
 */
export function loadCompiled(): Script {
  const script = new Script(`(function (exports, require, module, __filename) {${readFileSync(PROGRAM, 'utf8')}\n})`, {
    filename: PROGRAM,
    ...(existsSync(COMPILED) && { cachedData: readFileSync(COMPILED) }),
  });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(PROGRAM), module, PROGRAM);
  return script;
}
