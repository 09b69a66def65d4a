import { z } from 'zod';
import { describeSetting, plain } from './setting-text.ts';
import { type KeyedSetting, keyed, SECTIONS, type SETTINGS } from './settings.ts';

type Rows = typeof SETTINGS;
type Value<Key extends keyof Rows> = z.output<Rows[Key]['schema']>;
type Group<Name extends string> = {
  readonly [Key in keyof Rows as Key extends `${Name}.${infer Leaf}` ? Leaf : never]: Value<Key>;
};

/** What a file says, with every default: keys with a dot are grouped under what stands before it. */
export type ScenarioFile = {
  readonly [Key in keyof Rows as Key extends `${infer Name}.${string}`
    ? Name
    : Key]: Key extends `${infer Name}.${string}` ? Group<Name> : Value<Key>;
};

/** What a scenario file holds, as users write it; parsing turns quantities into numbers of the resolved scenario's units. */
export const fileSchema = z.strictObject(shapeOfFile()).meta({
  title: 'Scenario',
  description: 'What to measure. Quantities carry units: 10s, 500ms, 1000/s, 50us, 5%.',
}) as unknown as z.ZodType<ScenarioFile>;

function shapeOfFile(): Record<string, z.ZodType> {
  const shape: Record<string, z.ZodType> = {};
  for (const { title, settings } of SECTIONS) {
    const rows = keyed(settings);
    for (const [name = ''] of rows.map(({ path }) => path)) {
      const own = rows.filter(({ path }) => path[0] === name);
      shape[name] = own.some(({ path }) => path.length > 1) ? groupOf(own, title) : schemaOf(own[0] as KeyedSetting);
    }
  }
  return shape;
}

function groupOf(rows: readonly KeyedSetting[], title: string): z.ZodType {
  const shape = Object.fromEntries(rows.map((row) => [row.path[1], schemaOf(row)]));
  return z.strictObject(shape).prefault({}).meta({ description: title });
}

function schemaOf(row: KeyedSetting): z.ZodType {
  const schema = row.fallback === undefined ? row.schema : row.schema.prefault(row.fallback);
  return schema.meta({ description: plain(describeSetting(row)) });
}
