import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

const root = join(import.meta.dirname, '..');

/** The text of a file, named from the root of the project. */
export function text(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** A YAML file of one document, anchors and merge keys resolved. */
export function yaml<T>(file: string): T {
  return parse(text(file), { merge: true }) as T;
}

/** The documents of a YAML file. @throws {Error} one of them cannot be read. */
export function yamlDocuments<T>(file: string): T[] {
  return parseAllDocuments(text(file)).map((document) => {
    if (document.errors[0]) throw new Error(`${file}: ${document.errors[0].message}`);
    return document.toJS() as T;
  });
}

/** Files below a folder, named from the root of the project, in order. */
export function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted();
}
