import { SETTINGS, type SettingEntry } from '../schema/setting-list.js';
import type { JsonSchema } from '../schema/setting-type.js';

interface SectionSchema {
  readonly type: readonly string[];
  readonly additionalProperties: false;
  readonly properties: Record<string, SectionSchema | JsonSchema>;
}

/**
 * The configuration file as a JSON Schema (draft 7), for editors and pipelines: unknown keys, types, words, limits and the
 * form of durations. It takes every file that the loader takes. What the loader knows beyond it: the lower limit of a
 * duration, what settings demand of each other, and the places beside the file that settings come from.
 */
export function configSchema(): JsonSchema {
  const root = emptySection();
  for (const entry of SETTINGS) {
    const names = entry.path.split('.');
    sectionAt(root, names.slice(0, -1)).properties[names.at(-1)!] = settingSchema(entry);
  }
  return { $schema: 'http://json-schema.org/draft-07/schema#', title: 'Configuration of job-queue-system', ...root };
}

/** A section whose keys are all commented out is nothing in YAML. */
function emptySection(): SectionSchema {
  return { type: ['object', 'null'], additionalProperties: false, properties: {} };
}

function sectionAt(root: SectionSchema, names: readonly string[]): SectionSchema {
  return names.reduce((section, name) => (section.properties[name] ??= emptySection()) as SectionSchema, root);
}

function settingSchema(entry: SettingEntry): JsonSchema {
  return { description: entry.doc, default: inYaml(entry), ...entry.type.schema };
}

/** A duration has its unit in the value. */
function inYaml({ type, defaultValue }: SettingEntry): unknown {
  return type.name === 'duration' ? type.format(defaultValue) : defaultValue;
}
