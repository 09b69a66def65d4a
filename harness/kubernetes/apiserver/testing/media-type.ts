import { notAcceptable } from '../status-error.ts';

/** What an answer is written as. */
export type Representation = 'object' | 'table';

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Accept → representation. Clients name protobuf or CBOR first and JSON after it: they get JSON. Throws 406 when no JSON is among what they take.
 */
export function chooseRepresentation(accept: string | undefined): Representation {
  const ranges = parseAccept(accept ?? '*/*');
  const ours = ranges.find((range) => representationOf(range) !== null);
  const chosen = ours === undefined ? null : representationOf(ours);
  if (chosen === null) throw notAcceptable(['application/json']);
  return chosen;
}

function parseAccept(accept: string): MediaRange[] {
  return accept.split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    return { type: type.toLowerCase(), parameters: new Map(parameters.map(parseParameter)) };
  });
}

function parseParameter(text: string): readonly [string, string] {
  const [name = '', value = ''] = text.split('=');
  return [name.trim(), value.trim()];
}

function representationOf({ type, parameters }: MediaRange): Representation | null {
  if (type === '*/*' || type === 'application/*') return 'object';
  if (type !== 'application/json' || parameters.has('stream')) return null;
  const as = parameters.get('as');
  if (as === undefined) return 'object';
  return as === 'Table' && parameters.get('g') === 'meta.k8s.io' && parameters.get('v') === 'v1' ? 'table' : null;
}
