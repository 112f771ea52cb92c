// What a newer OpenAPI document takes away from the clients of an older one.

/** @returns one line for each promise of `before` that `after` does not keep. */
export function breakingChanges(before, after) {
  return Object.entries(before.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => {
      const name = `${method.toUpperCase()} ${path}`;
      const now = after.paths[path]?.[method];
      return now ? operationChanges(name, [before, operation], [after, now]) : [`${name} is gone`];
    }),
  );
}

function operationChanges(name, [before, old], [after, now]) {
  return [
    ...requiredParameters(name, old, now),
    ...contentChanges(`${name} request`, [before, old.requestBody], [after, now.requestBody], 'request'),
    ...Object.entries(old.responses).flatMap(([status, response]) => {
      const current = now.responses[status];
      if (!current) return [`${name} no longer answers ${status}`];
      return contentChanges(`${name} ${status}`, [before, response], [after, current], 'response');
    }),
  ];
}

function requiredParameters(name, old, now) {
  const known = new Set((old.parameters ?? []).filter(({ required }) => required).map((parameter) => parameter.name));
  const added = (now.parameters ?? []).filter((parameter) => parameter.required && !known.has(parameter.name));
  return added.map((parameter) => `${name} demands the parameter ${parameter.name}`);
}

function contentChanges(name, [before, old], [after, now], direction) {
  return Object.entries(old?.content ?? {}).flatMap(([type, { schema }]) => {
    const current = now?.content?.[type]?.schema;
    if (!current) return [`${name} no longer has ${type}`];
    return schemaChanges(`${name} ${type}`, resolve(before, schema), resolve(after, current), direction);
  });
}

function schemaChanges(name, old, now, direction) {
  const isRequest = direction === 'request';
  const [promised, kept] = isRequest ? [now, old] : [old, now];
  const demands = (promised.required ?? []).filter((field) => !(kept.required ?? []).includes(field));
  const types = JSON.stringify(old.type) === JSON.stringify(now.type) ? [] : [`${name} has another type`];
  const [wide, narrow] = isRequest ? [old, now] : [now, old];
  const values = narrow.enum ? (wide.enum ?? ['anything']).filter((value) => !narrow.enum.includes(value)) : [];
  return [
    ...types,
    ...demands.map((field) => `${name} ${isRequest ? 'demands' : 'no longer promises'} ${field}`),
    ...values.map((value) => `${name} ${isRequest ? 'no longer takes' : 'may be'} ${value}`),
    ...Object.entries(old.properties ?? {}).flatMap(([field, schema]) => {
      const current = now.properties?.[field];
      return current ? schemaChanges(`${name} ${field}`, schema, current, direction) : [`${name} has no ${field}`];
    }),
    ...(old.items ? schemaChanges(`${name}[]`, old.items, now.items ?? {}, direction) : []),
    ...(old.oneOf ?? []).flatMap((form, index) => schemaChanges(name, form, now.oneOf?.[index] ?? {}, direction)),
  ];
}

/** A schema with what its references name in their place; ours are not recursive. */
function resolve(document, value) {
  if (Array.isArray(value)) return value.map((item) => resolve(document, item));
  if (typeof value !== 'object' || value === null) return value;
  if (value.$ref) return resolve(document, document.components.schemas[value.$ref.split('/').at(-1)]);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(document, item)]));
}
