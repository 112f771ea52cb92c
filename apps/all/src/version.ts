/** Put in by the build (rolldown.config.mjs). */
export const VERSION = process.env.BUILD_VERSION ?? 'development';
export const REVISION = process.env.BUILD_REVISION ?? 'unknown';
