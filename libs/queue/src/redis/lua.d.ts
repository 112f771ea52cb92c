/** A Lua script is imported as its text: rolldown.config.mjs, vitest.config.ts and scripts/dev-hooks.mjs do the same. */
declare module '*.lua' {
  const source: string;
  export default source;
}
