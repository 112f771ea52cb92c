/** The scenario of this process, as `measure.mjs` sends it. */
export const scenario: { readonly url: string; readonly slots: number };

/** The payload of a benchmark job. */
export interface Payload {
  readonly failsOnce?: true;
}

/** What the handler of a processing scenario does; `attempt` is 1 for the first. */
export function handle(payload: Payload, attempt: number): Promise<void> | void;
