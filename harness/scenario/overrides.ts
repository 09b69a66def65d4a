/** A value given on the command line in place of the file's, in the file's terms. */
export interface Override {
  /** As typed, for messages: "--rate". */
  readonly flag: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Lays overrides over what a file holds. A file that is no map, or has none where one is needed, is left to its schema to refuse. */
export function applyOverrides(value: unknown, overrides: readonly Override[]): unknown {
  return overrides.reduce((sum, { path, value: given }) => setAt(sum, path, given), value);
}

function setAt(value: unknown, path: readonly string[], given: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return given;
  if (value !== undefined && !isRecord(value)) return value;
  return { ...value, [key]: setAt(value?.[key], rest, given) };
}

/** A map with keys, as YAML gives it. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The override that set the value at `path`, if one did; the last one wins. */
export function findOverride(overrides: readonly Override[], path: readonly PropertyKey[]): Override | undefined {
  return overrides.findLast((override) => override.path.every((key, depth) => path[depth] === key));
}
