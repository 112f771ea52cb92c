/** One run of spin over a model of docs/model. */
export interface ModelRow {
  /** `docs/model/<model>.pml`. */
  model: string;
  /** Unique; `--only` takes it, or a part of it. */
  name: string;
  what: string;
  /** `NAME` or `NAME=value`, as the preprocessor takes them. */
  flags: string[];
  expects: 'no flaw' | 'flaw' | 'known flaw';
  /** A part of `--short`. */
  isShort?: boolean;
  /** Looks for endless loops, not for broken assertions. */
  isLiveness?: boolean;
  /** May be cut off at its limit of time or memory without having seen every state. */
  isBounded?: boolean;
}

export const MODEL_ROWS: readonly ModelRow[];
