/** A tool's JSON schema as a form reads it: references followed, "this or nothing" told from what it is, enumerations found. */

export type Schema = Record<string, unknown>;

export const asSchema = (value: unknown): Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : {};

const listOf = (value: unknown): Schema[] => (Array.isArray(value) ? value.map(asSchema) : []);
const isNull = (of: Schema): boolean => of['type'] === 'null' || ('const' in of && of['const'] === null);

/** Steps that are followed for one value; a schema may refer to itself. */
const MOST_STEPS = 16;
/** What is said beside a reference counts before what it refers to. */
const BESIDE = ['title', 'description', 'default'];

/** What a value is, whether null may stand in its place, and the values it is chosen from, if it is. */
export type Meaning = { schema: Schema; nullable: boolean; options: { raw: unknown; title: string | null }[] };

/** What a part of a schema means. */
export function meaning(root: Schema, of: unknown): Meaning {
  let schema = asSchema(of);
  let nullable = false;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const next = behind(root, schema);
    if (next === null) break;
    nullable ||= next.nullable;
    const beside = Object.fromEntries(BESIDE.filter((name) => name in schema).map((name) => [name, schema[name]]));
    schema = { ...next.schema, ...beside };
  }
  if (Array.isArray(schema['type']) && schema['type'].includes('null')) nullable = true;
  const all = optionsOf(root, schema, 0) ?? [];
  const options = all.filter((one) => one.raw !== null);
  return { schema, nullable: nullable || options.length < all.length, options };
}

/** What a schema stands for that says nothing itself: a reference, one of one, or one and null. */
function behind(root: Schema, schema: Schema): { schema: Schema; nullable: boolean } | null {
  if (typeof schema['$ref'] === 'string') {
    const target = at(root, schema['$ref']);
    return target === null ? null : { schema: target, nullable: false };
  }
  for (const word of ['anyOf', 'oneOf']) {
    const all = listOf(schema[word]);
    const [only, ...others] = all.filter((one) => !isNull(one));
    if (only === undefined || others.length > 0 || 'const' in only) continue;
    return { schema: only, nullable: all.length > 1 };
  }
  const [only, ...others] = listOf(schema['allOf']);
  return only !== undefined && others.length === 0 ? { schema: only, nullable: false } : null;
}

function at(root: Schema, reference: string): Schema | null {
  if (!reference.startsWith('#')) return null;
  let found: unknown = root;
  for (const step of reference.slice(1).split('/').slice(1)) {
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return null;
    found = (found as Record<string, unknown>)[name];
  }
  return asSchema(found);
}

/** The values that it is one of; null where it is none of a few. */
function optionsOf(root: Schema, schema: Schema, depth: number): Meaning['options'] | null {
  const title = typeof schema['title'] === 'string' ? schema['title'] : null;
  if ('const' in schema) return [{ raw: schema['const'], title: depth > 0 ? title : null }];
  if (Array.isArray(schema['enum'])) return schema['enum'].map((raw: unknown) => ({ raw, title: null }));
  for (const word of ['oneOf', 'anyOf']) {
    const parts = listOf(schema[word]);
    if (parts.length === 0 || depth > 3) continue;
    const found = parts.map((part) => {
      if (isNull(part)) return [{ raw: null, title: null }];
      const target = typeof part['$ref'] === 'string' ? (at(root, part['$ref']) ?? {}) : part;
      return optionsOf(root, target, depth + 1);
    });
    if (found.every((options) => options !== null)) return found.flat();
  }
  return null;
}

/** The type that a schema names beside null. */
export function typeOf(schema: Schema): unknown {
  const type = Array.isArray(schema['type']) ? schema['type'].find((name) => name !== 'null') : schema['type'];
  return type ?? ('properties' in schema ? 'object' : 'items' in schema ? 'array' : undefined);
}
