import type { AppName } from '../role.js';
import { escapeText, labelled, type Terminal } from './text.js';

/** Where to look next. */
export interface Outlook {
  /** Of each app: `http://127.0.0.1:9090`. */
  readonly urls: Readonly<Record<AppName, string>>;
  /** Where the producer takes jobs, if it does. */
  readonly jobs: string | undefined;
  /** Ready to be copied into another terminal. */
  readonly stats: string;
  /** Folder of the children's logs. */
  readonly logs: string;
}

export function renderOutlook({ urls, jobs, stats, logs }: Outlook, terminal: Terminal): string {
  const rows = Object.entries(urls).map(([app, url]) => labelled(app, `${url}/healthz  ${url}/metrics`, terminal));
  if (jobs !== undefined) rows.push(labelled('jobs', `POST ${jobs}`, terminal));
  return [...rows, labelled('logs', escapeText(logs), terminal), labelled('stats', stats, terminal)].join('\n');
}
