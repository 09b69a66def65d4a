import { type Document, isAlias, isCollection, isMap, isNode, LineCounter, parseDocument, visit } from 'yaml';

/** A place in a text file, counted from 1. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/** Parsed YAML that still knows where everything stood. */
export interface YamlSource {
  readonly value: unknown;
  /** Where the value at that path stands; for a path that is not there, its nearest ancestor. `key`: the key rather than the value. */
  locate(path: readonly PropertyKey[], what: 'key' | 'value'): Position;
}

export type ParsedYaml =
  | { readonly ok: true; readonly source: YamlSource }
  | { readonly ok: false; readonly problems: readonly { readonly position: Position; readonly message: string }[] };

/** A list of ten sizes is written out sooner than aliased; more repetitions than this are a bomb or a mistake. */
const MAX_ALIASES = 100;
const START: Position = { line: 1, column: 1 };

/** Text of a YAML file → its value with positions, or everything that is wrong with it. Pure. */
export function parseYaml(text: string): ParsedYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    logLevel: 'error',
  });
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return line === 0 ? START : { line, column: col };
  };
  const complaints = [...document.errors, ...document.warnings];
  const problems = complaints.map((error) => ({ position: positionAt(error.pos[0]), message: describe(error) }));
  problems.push(...findBadAliases(document).map(({ offset, message }) => ({ position: positionAt(offset), message })));
  if (problems.length > 0) return { ok: false, problems };
  return toSource(document, positionAt);
}

function toSource(document: Document.Parsed, positionAt: (offset: number) => Position): ParsedYaml {
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return { ok: false, problems: [{ position: START, message: 'aliases repeat too much: write the values out' }] };
  }
  return { ok: true, source: { value, locate: (path, what) => positionAt(offsetOf(document, path, what)) } };
}

function describe(error: { readonly code: string; readonly message: string }): string {
  if (error.code === 'DUPLICATE_KEY') return 'this key comes twice';
  if (error.code === 'MULTIPLE_DOCS') return 'a second document starts here: a file holds one scenario';
  return `not YAML: ${error.message}`;
}

/** Aliases of nothing, and anchors that contain themselves (their value would have no end). */
function findBadAliases(document: Document.Parsed): { offset: number; message: string }[] {
  const found: { offset: number; message: string }[] = [];
  visit(document, {
    Alias(_key, alias, ancestors) {
      const target = alias.resolve(document);
      const offset = alias.range?.[0] ?? 0;
      if (target === undefined) found.push({ offset, message: `no anchor is called ${alias.source}` });
      else if (ancestors.includes(target)) found.push({ offset, message: `anchor ${alias.source} contains itself` });
    },
  });
  return found;
}

function offsetOf(document: Document.Parsed, path: readonly PropertyKey[], what: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const [depth, key] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (!isCollection(node)) return offset;
    const pair = isMap(node) ? node.items.find((item) => keyText(item.key) === String(key)) : undefined;
    const child = pair === undefined ? node.get(key, true) : pair.value;
    const isLast = depth === path.length - 1;
    const start = pair !== undefined && (!isNode(child) || (isLast && what === 'key')) ? pair.key : child;
    if (!isNode(start)) return offset;
    offset = start.range?.[0] ?? offset;
    node = child;
  }
  return offset;
}

function keyText(key: unknown): string {
  return isNode(key) && 'value' in key ? String(key.value) : String(key);
}
