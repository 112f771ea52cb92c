// node scripts/check-deploy-release.mjs v1.2.3: the tag has to be the version of package.json, and CHANGELOG.md has to
// have a chapter for it, which is printed: the notes of the release. Plain Node, no dependencies.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from './project-files.mjs';

/**
 * The chapter of a version, without its heading.
 *
 * @throws {Error} the tag is not that of the version, or the changelog does not tell of it.
 */
export function releaseNotes(tag, { version, changelog }) {
  if (tag !== `v${version}`) throw new Error(`the tag is "${tag}", expected v${version}, the version of package.json`);
  const chapters = changelog.split(/^## /m);
  const chapter = chapters.find((text) => new RegExp(`^\\[?${version.replaceAll('.', '\\.')}\\]?(\\s|$)`).test(text));
  const notes = chapter?.slice(chapter.indexOf('\n')).trim() ?? '';
  if (notes === '')
    throw new Error(`CHANGELOG.md has nothing under "## ${version}": move there what is under Unreleased`);
  return notes;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    const read = (file) => readFileSync(join(projectRoot, file), 'utf8');
    const { version } = JSON.parse(read('package.json'));
    process.stdout.write(`${releaseNotes(process.argv[2] ?? '', { version, changelog: read('CHANGELOG.md') })}\n`);
  } catch (error) {
    process.stderr.write(`release: ${error.message}\n`);
    process.exitCode = 1;
  }
}
