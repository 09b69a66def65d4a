import { describe, expect, it } from 'vitest';
import { applyObjectPatch } from './patch.ts';

const SERVICE = {
  metadata: { name: 'a', labels: { x: '1', y: '2' }, finalizers: ['f1', 'f2'] },
  spec: {
    type: 'ClusterIP',
    selector: { app: 'web' },
    ports: [
      { name: 'http', port: 80, targetPort: 8080 },
      { name: 'alt', port: 81, targetPort: 8081 },
    ],
  },
};

const MERGE = 'application/merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';
const STRATEGIC = 'application/strategic-merge-patch+json';

describe('merge patch', () => {
  // The cases of RFC 7396, appendix A, whose documents are objects.
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j + %j = %j', (object, patch, expected) => {
    expect(applyObjectPatch(object, patch, MERGE)).toEqual(expected);
  });

  it('cannot reach the prototype of anything', () => {
    const patch = JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}');
    applyObjectPatch({}, patch, MERGE);
    applyObjectPatch({}, patch, STRATEGIC);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('JSON patch', () => {
  it('does its operations in order and leaves the original alone', () => {
    const patch = [
      { op: 'test', path: '/spec/ports/0/port', value: 80 },
      { op: 'replace', path: '/spec/ports/0/targetPort', value: 1 },
      { op: 'remove', path: '/metadata/labels/x' },
    ];
    const patched = applyObjectPatch(SERVICE, patch, JSON_PATCH);
    const [first, second] = SERVICE.spec.ports;
    expect(patched).toEqual({
      metadata: { ...SERVICE.metadata, labels: { y: '2' } },
      spec: { ...SERVICE.spec, ports: [{ ...first, targetPort: 1 }, second] },
    });
    expect(SERVICE.spec.ports[0]?.targetPort).toBe(8080);
  });

  it('is refused when it does not fit', () => {
    expect(() => applyObjectPatch(SERVICE, [{ op: 'remove', path: '/nope/x' }], JSON_PATCH)).toThrow(/rejected/);
    expect(() => applyObjectPatch(SERVICE, [{ op: 'test', path: '/spec/type', value: 'x' }], JSON_PATCH)).toThrow();
    expect(() => applyObjectPatch(SERVICE, {}, JSON_PATCH)).toThrow('list of operations');
  });
});

describe('strategic merge patch', () => {
  const patch = (change: object) => applyObjectPatch(SERVICE, change, STRATEGIC) as typeof SERVICE;

  it('merges ports by their number', () => {
    const ports = patch({ spec: { ports: [{ port: 81, targetPort: 1 }, { port: 82 }] } }).spec.ports;
    expect(ports).toEqual([
      { name: 'http', port: 80, targetPort: 8080 },
      { name: 'alt', port: 81, targetPort: 1 },
      { port: 82 },
    ]);
  });

  it('deletes and orders list items by directive', () => {
    const change = {
      spec: {
        '$setElementOrder/ports': [{ port: 82 }, { port: 81 }],
        ports: [{ $patch: 'delete', port: 80 }, { port: 82 }],
      },
    };
    expect(patch(change).spec.ports.map((port) => port.port)).toEqual([82, 81]);
  });

  it('replaces lists and maps whole when told so', () => {
    expect(patch({ spec: { ports: [{ $patch: 'replace' }, { port: 1 }] } }).spec.ports).toEqual([{ port: 1 }]);
    expect(patch({ spec: { selector: { $patch: 'replace', a: 'b' } } }).spec.selector).toEqual({ a: 'b' });
  });

  it('keeps only the keys that it is told to retain', () => {
    expect(patch({ spec: { $retainKeys: ['type'], type: 'NodePort' } }).spec).toEqual({ type: 'NodePort' });
  });

  it('treats finalizers as a set', () => {
    const added = patch({ metadata: { finalizers: ['f3', 'f1'] } }).metadata.finalizers;
    expect(added).toEqual(['f1', 'f2', 'f3']);
    const removed = patch({ metadata: { '$deleteFromPrimitiveList/finalizers': ['f1'] } }).metadata.finalizers;
    expect(removed).toEqual(['f2']);
  });

  it('refuses a list item without its key', () => {
    expect(() => patch({ spec: { ports: [{ name: 'x' }] } })).toThrow('merge key: port');
  });
});

it('refuses patches of an unknown kind with 415', () => {
  expect(() => applyObjectPatch(SERVICE, {}, 'application/apply-patch+yaml')).toThrow(
    expect.objectContaining({ status: expect.objectContaining({ code: 415 }) }),
  );
});
