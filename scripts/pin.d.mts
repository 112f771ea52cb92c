export interface Pins {
  images: Record<string, { reference: string; digest: string }>;
  actions: Record<string, { tag: string; commit: string }>;
}

/** What deploy/pins.json says. An empty digest or commit has not been resolved. */
export function pins(): Pins;

/** The files that name images or actions, relative to the project. */
export function pinnedFiles(): string[];

/** The text of a file with every image and action as `wanted` has it. */
export function withPins(text: string, wanted: Pins): string;

/** What a registry answers with, as far as it is looked at. */
type Ask = (url: string, options?: { method?: string; headers?: Record<string, string> }) => Promise<Response>;

/**
 * The digest that a registry has for a tag.
 *
 * @throws {Error} it did not answer with one.
 */
export function resolveImage(reference: string, ask?: Ask): Promise<string>;

/**
 * The commit of a tag of an action; of an annotated tag the commit it points to.
 *
 * @param listing - what `git ls-remote` printed for the tag.
 * @throws {Error} there is no such tag.
 */
export function commitOf(action: string, tag: string, listing: string): string;
