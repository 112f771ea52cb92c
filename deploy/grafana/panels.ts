/** What a panel asks Prometheus: an expression, and the name of its lines. */
export interface Query {
  readonly expr: string;
  readonly legend: string;
}

/** A panel before it has a place. `description` says what to read from it. */
export interface Panel {
  readonly title: string;
  readonly description: string;
  readonly kind: 'stat' | 'timeseries' | 'table';
  readonly unit: string;
  readonly queries: readonly Query[];
  /** In columns of 24. */
  readonly width: number;
  /** From which value on the panel turns orange, then red. */
  readonly warnFrom?: number;
  readonly alarmFrom?: number;
}

/** A titled group of panels. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

type PanelLook = Partial<Pick<Panel, 'width' | 'warnFrom' | 'alarmFrom'>>;

/** One number, as large as it fits. */
export function stat(title: string, description: string, unit: string, query: Query, look: PanelLook = {}): Panel {
  return { title, description, unit, kind: 'stat', queries: [query], width: 4, ...look };
}

/** Lines over time. */
export function lines(title: string, description: string, unit: string, queries: Query[], look: PanelLook = {}): Panel {
  return { title, description, unit, kind: 'timeseries', queries, width: 8, ...look };
}

/** The newest labels, a row each. */
export function table(title: string, description: string, query: Query, look: PanelLook = {}): Panel {
  return { title, description, unit: 'short', kind: 'table', queries: [query], width: 8, ...look };
}

/** Shorthand for a query. */
export function query(legend: string, expr: string): Query {
  return { legend, expr };
}

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
const STAT_HEIGHT = 4;
const HEIGHT = 8;
const COLUMNS = 24;

/** The JSON that Grafana loads. The same rows give the same text, so that a change of a dashboard can be read. */
export function dashboard(uid: string, title: string, rows: readonly Row[]): object {
  return {
    uid,
    title,
    tags: ['job-queue-system'],
    schemaVersion: 39,
    editable: false,
    refresh: '15s',
    time: { from: 'now-3h', to: 'now' },
    timezone: 'utc',
    graphTooltip: 1,
    templating: { list: [datasourceVariable(), namespaceVariable()] },
    panels: placed(rows),
  };
}

function datasourceVariable(): object {
  return { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' };
}

/** Outside Kubernetes there is no such label: "all" matches that as well. */
function namespaceVariable(): object {
  return {
    name: 'namespace',
    label: 'Namespace',
    type: 'query',
    datasource: DATASOURCE,
    query: { query: 'label_values(workers_registered, namespace)', refId: 'namespace' },
    refresh: 2,
    includeAll: true,
    allValue: '.*',
    current: { text: 'All', value: '$__all' },
  };
}

/** Left to right, a new line when the width is used up; every row of panels under its title. */
function placed(rows: readonly Row[]): object[] {
  const panels: object[] = [];
  let y = 0;
  for (const { title, panels: members } of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
      panels: [],
    });
    y += 1;
    let x = 0;
    let height = 0;
    for (const member of members) {
      if (x + member.width > COLUMNS) {
        y += height;
        x = 0;
        height = 0;
      }
      const h = member.kind === 'stat' ? STAT_HEIGHT : HEIGHT;
      panels.push(panelJson(member, panels.length + 1, { x, y, w: member.width, h }));
      x += member.width;
      height = Math.max(height, h);
    }
    y += height;
  }
  return panels;
}

function panelJson(panel: Panel, id: number, gridPos: object): object {
  return {
    id,
    type: panel.kind,
    title: panel.title,
    description: panel.description,
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: {
      defaults: { unit: panel.unit, min: 0, thresholds: thresholds(panel), ...custom(panel) },
      overrides: [],
    },
    options: options(panel),
    targets: panel.queries.map(({ expr, legend }, index) => ({
      refId: String.fromCodePoint('A'.codePointAt(0)! + index),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
      ...(panel.kind === 'table' ? { instant: true, format: 'table' } : { range: true }),
    })),
  };
}

function thresholds({ warnFrom, alarmFrom }: Panel): object {
  const steps: { color: string; value: number | null }[] = [{ color: 'green', value: null }];
  if (warnFrom !== undefined) steps.push({ color: 'orange', value: warnFrom });
  if (alarmFrom !== undefined) steps.push({ color: 'red', value: alarmFrom });
  return { mode: 'absolute', steps };
}

function custom({ kind }: Panel): object {
  return kind === 'timeseries' ? { custom: { lineWidth: 1, fillOpacity: 8, showPoints: 'never' } } : {};
}

function options({ kind }: Panel): object {
  if (kind === 'stat') return { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value', graphMode: 'area' };
  if (kind === 'table') return { showHeader: true };
  return { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } };
}
