// A build of its own, loaded only where tokens are used: other commands start without it (rolldown.config.mjs).
export { checkToken, type TokenVerdict } from './check-token.js';
export { makeKeyPair, makeToken } from './make-token.js';
