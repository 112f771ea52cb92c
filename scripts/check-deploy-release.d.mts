/**
 * The chapter of a version in the changelog, without its heading.
 *
 * @throws {Error} the tag is not that of the version, or the changelog does not tell of it.
 */
export function releaseNotes(tag: string, files: { version: string; changelog: string }): string;
