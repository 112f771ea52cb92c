import { nearest } from '../did-you-mean.js';
import { SECTION_PATHS, SETTINGS } from '../schema/setting-list.js';

/**
 * What a person probably meant by a key that no setting has: a neighbour with nearly the same name, else a setting of
 * that name in another section, else the keys that the section has.
 */
export function suggestKey(section: string, name: string): string {
  const siblings = keysOf(section);
  const near = nearest(name, siblings, Math.max(2, Math.floor(name.length / 3)));
  if (near !== undefined) return `did you mean ${section === '' ? near : `${section}.${near}`}?`;
  const elsewhere = SETTINGS.find(({ path }) => path.endsWith(`.${name}`));
  return elsewhere ? `did you mean ${elsewhere.path}?` : `expected one of ${siblings.join(', ')}`;
}

function keysOf(section: string): string[] {
  const start = section === '' ? '' : `${section}.`;
  const paths = [...SETTINGS.map(({ path }) => path), ...SECTION_PATHS].filter((path) => path.startsWith(start));
  return [...new Set(paths.map((path) => path.slice(start.length).split('.')[0]!))];
}
