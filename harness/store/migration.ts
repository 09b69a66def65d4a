import { UsageError } from '../errors.ts';

/** A stored run as JSON gave it, of any version. */
export interface RawRun {
  readonly header: Readonly<Record<string, unknown>>;
  readonly lines: readonly unknown[];
}

/** From the version that it is at to the next. */
export type Migration = (run: RawRun) => RawRun;

const CURRENT_SCHEMA_VERSION = 1;

/** Every version that this program ever wrote, but the current one, has a line here. */
const MIGRATIONS: ReadonlyMap<number, Migration> = new Map();

/** A run of an older version → the current one, step by step. `path` is for messages. */
export function migrateRun(
  run: RawRun,
  path: string,
  { migrations, current } = { migrations: MIGRATIONS, current: CURRENT_SCHEMA_VERSION },
): RawRun {
  const version = run.header.schemaVersion;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1)
    throw new UsageError(
      version === undefined
        ? `${path} has no schemaVersion: it is not a run of this program`
        : `${path} has the schemaVersion ${JSON.stringify(version).slice(0, 40)}, which is none: it is not a run of this program`,
      'give the directory of a run',
    );
  if (version > current) {
    throw new UsageError(
      `${path} has schema version ${version}; this program knows versions up to ${current}`,
      'update this program (git pull)',
    );
  }
  let migrated = run;
  for (let from = version; from < current; from += 1) {
    const migration = migrations.get(from);
    if (migration === undefined) throw new Error(`no migration from schema version ${from}`);
    const next = migration(migrated);
    migrated = { ...next, header: { ...next.header, schemaVersion: from + 1 } };
  }
  return migrated;
}
