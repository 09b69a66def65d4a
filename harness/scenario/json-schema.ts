import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../system/atomic-file.ts';
import { SCENARIOS_DIRECTORY } from './directory.ts';
import { fileSchema } from './file.ts';

/** Beside the scenarios, where their first lines send editors; generated, so git ignores it. */
const SCENARIO_SCHEMA_FILE = join(SCENARIOS_DIRECTORY, 'scenario.schema.json');

/** The part of a JSON Schema that is walked here. */
interface JsonSchemaNode {
  readonly properties?: Readonly<Record<string, JsonSchemaNode>>;
  readonly items?: JsonSchemaNode;
  readonly anyOf?: readonly JsonSchemaNode[];
}

/** The JSON Schema of a scenario file, for editors: completion, and descriptions beside every key. */
function makeScenarioJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(fileSchema, { io: 'input' });
}

/** Keys that a scenario file may have at a path. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let nodes: readonly JsonSchemaNode[] = [makeScenarioJsonSchema() as JsonSchemaNode];
  for (const key of path) {
    nodes = alternatives(nodes).flatMap(
      (node) => (typeof key === 'number' ? node.items : node.properties?.[String(key)]) ?? [],
    );
  }
  return alternatives(nodes).flatMap((node) => Object.keys(node.properties ?? {}));
}

function alternatives(nodes: readonly JsonSchemaNode[]): readonly JsonSchemaNode[] {
  return nodes.flatMap((node) => [node, ...alternatives(node.anyOf ?? [])]);
}

/** Writes it, unless the file holds it already. Returns whether it wrote. */
export async function writeScenarioJsonSchema(path = SCENARIO_SCHEMA_FILE): Promise<boolean> {
  const text = `${JSON.stringify(makeScenarioJsonSchema(), null, 2)}\n`;
  const before = await readFile(path, 'utf8').catch(() => null);
  if (before === text) return false;
  await writeFileAtomically(path, text);
  return true;
}
