import { isMap, LineCounter, parseDocument, visit, type Document, type Node, type Pair, type YAMLMap } from 'yaml';
import { type ConfigIssue, invalidValue, showValue, syntaxError, unknownKey } from '../config-issue.js';
import { readBounded } from '../read-bounded.js';
import { SECTION_PATHS, SETTING_BY_PATH } from '../schema/setting-list.js';
import { RANKS, type GivenValue, type Source } from './given-value.js';
import { suggestKey } from './suggest-key.js';

/** A configuration is a page or two. */
const MAX_BYTES = 1_048_576;

/**
 * @returns the text of the file; `undefined` when there is none.
 * @throws what the file system says otherwise, or a RangeError: it is far too large.
 */
export function readIfExists(path: string): string | undefined {
  try {
    return readBounded(path, MAX_BYTES);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Takes the settings out of a YAML document, each with its line. Unknown and duplicate keys, aliases and broken syntax
 * become issues.
 *
 * @param fileName - how the file is called in origins and issues.
 */
export function readYaml(text: string, fileName: string): Source {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const faults = [...syntaxFaults(document), ...aliases(document)];
  if (faults.length > 0) {
    return {
      values: new Map(),
      issues: faults.map(([at, what]) => syntaxError(fileName, lines.linePos(at).line, what)),
    };
  }
  const walk = new YamlWalk(document, (at) => `${fileName}:${lines.linePos(at).line}`);
  walk.section(document.contents, '', fileName);
  return walk;
}

type Fault = [offset: number, what: string];

function syntaxFaults(document: Document.Parsed): Fault[] {
  return [...document.errors, ...document.warnings].map((fault) => [fault.pos[0], withoutSource(fault.message)]);
}

/** Messages that would repeat what stands in the file, which may be a password that needed quotes. */
const REPEATS_SOURCE =
  /^(Block scalar header includes extra characters|(?:Unresolved|Could not resolve|Not a valid) tag|Could not resolve tag|Not a YAML token|Unknown directive|Unsupported YAML version|Invalid escape sequence|Verbatim tags aren't resolved|The (?=.* tag has no suffix)|Unresolved plain scalar)/;

function withoutSource(message: string): string {
  const start = REPEATS_SOURCE.exec(message)?.[1];
  if (start === undefined) return message;
  return `${start === 'The ' ? 'A tag has no suffix' : start}; text with special characters needs quotes`;
}

/** An alias would hide where a value comes from, and may be circular. */
function aliases(document: Document.Parsed): Fault[] {
  const found: Fault[] = [];
  visit(document, {
    Alias: (_, alias) =>
      void found.push([
        alias.range?.[0] ?? 0,
        'an alias (*…); write the value out, and text that starts with * in quotes',
      ]),
  });
  return found;
}

class YamlWalk implements Source {
  readonly values = new Map<string, GivenValue>();
  readonly issues: ConfigIssue[] = [];

  constructor(
    private readonly document: Document.Parsed,
    private readonly originAt: (offset: number) => string,
  ) {}

  /** A section without a value (all its keys commented out) is an empty one. */
  section(node: unknown, path: string, origin: string): void {
    if (isMap(node)) for (const pair of (node as YAMLMap<Node, Node | null>).items) this.pair(pair, path);
    else if (this.toValue(node) !== null) this.issues.push(this.notASection(node, path, origin));
  }

  private pair({ key, value }: Pair<Node, Node | null>, section: string): void {
    const name = String(this.toValue(key));
    const path = section === '' ? name : `${section}.${name}`;
    const origin = this.originAt(key.range?.[0] ?? 0);
    if (SETTING_BY_PATH.has(path)) this.setting(path, value, origin);
    else if (SECTION_PATHS.has(path)) this.section(value, path, origin);
    else this.issues.push(unknownKey(path, origin, suggestKey(section, name)));
  }

  private setting(path: string, value: Node | null, origin: string): void {
    this.values.set(path, { value: this.toValue(value), isText: false, origin, rank: RANKS.file });
  }

  private notASection(node: unknown, path: string, origin: string): ConfigIssue {
    const found = showValue(this.toValue(node));
    return invalidValue({ path: path || origin, found, expected: 'a section of settings', origin });
  }

  private toValue(node: unknown): unknown {
    return (node as Node | null)?.toJS(this.document) ?? null;
  }
}
