/** What is compared of a scenario. */
interface Measured {
  readonly id: string;
  readonly title: string;
  readonly figure: string;
  readonly ratio?: { readonly median: number };
}

/** One line a scenario whose median ratio is worse than half of the recorded one; empty: none is. */
export function grossLosses(scenarios: readonly Measured[], recorded: readonly Measured[]): string[];
