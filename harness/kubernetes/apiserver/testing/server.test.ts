import { get as httpGet, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../kubernetes-object.ts';
import type { Fault } from './fault.ts';
import { type FullApiServer, startFullApiServer } from './full-server.ts';

let server: FullApiServer;
let fault: Fault | null = null;

beforeEach(async () => {
  fault = null;
  server = await startFullApiServer({ host: '127.0.0.1', port: 0, bookmarkIntervalMs: 100, faults: () => fault });
});

afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

function service(name: string, labels: Record<string, string> = {}): JsonObject {
  return { metadata: { name, labels }, spec: { ports: [{ port: 80 }] } };
}

async function ask(
  path: string,
  init: RequestInit = {},
): Promise<{ code: number; body: JsonObject; headers: Headers }> {
  const answer = await fetch(server.url + path, init);
  const body = await answer.text();
  return {
    code: answer.status,
    body: body.startsWith('{') ? JSON.parse(body) : { text: body },
    headers: answer.headers,
  };
}

function send(method: string, path: string, body: unknown, contentType = 'application/json') {
  return ask(path, { method, body: JSON.stringify(body), headers: { 'content-type': contentType } });
}

interface WatchEvent {
  readonly type: string;
  readonly object: JsonObject & { metadata: JsonObject };
}

/** Events of a watch, one by one; ends when the server ends it. */
async function* watchEvents(path: string): AsyncGenerator<WatchEvent> {
  const answer = await fetch(server.url + path);
  if (answer.body === null) throw new Error('no body');
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of answer.body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line);
  }
}

async function take(events: AsyncGenerator<WatchEvent>, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const next = await events.next();
    if (next.done === true) break;
    const { type, object } = next.value;
    if (type !== 'BOOKMARK') taken.push(`${type} ${object.metadata?.name ?? object.code}`);
    else if (
      object.metadata.annotations !== undefined &&
      Object.keys(object.metadata.annotations as object).length > 0
    ) {
      taken.push('INITIAL END');
    }
  }
  return taken;
}

const SERVICES = '/api/v1/namespaces/default/services';

describe('objects over HTTP', () => {
  it('are created, read, replaced, patched and deleted', async () => {
    const created = await send('POST', SERVICES, service('a'));
    expect([created.code, created.body.kind, created.body.apiVersion]).toEqual([201, 'Service', 'v1']);
    const read = await ask(`${SERVICES}/a`);
    expect(read.body).toEqual(created.body);
    const replaced = await send('PUT', `${SERVICES}/a`, {
      ...read.body,
      metadata: { ...(read.body.metadata as object), labels: { x: 'y' } },
    });
    expect(replaced.code).toBe(200);
    const stale = await send('PUT', `${SERVICES}/a`, read.body);
    expect([stale.code, stale.body.kind, stale.body.reason]).toEqual([409, 'Status', 'Conflict']);
    const patched = await send(
      'PATCH',
      `${SERVICES}/a`,
      { metadata: { labels: { x: null, z: '1' } } },
      'application/merge-patch+json',
    );
    expect(patched.body.metadata).toMatchObject({ labels: { z: '1' } });
    const deleted = await ask(`${SERVICES}/a`, { method: 'DELETE' });
    expect(deleted.body).toMatchObject({ kind: 'Status', status: 'Success', details: { name: 'a', kind: 'services' } });
    expect((await ask(`${SERVICES}/a`)).code).toBe(404);
  });

  it('change only their status through the subresource of that name, and not in a dry run', async () => {
    await send('POST', '/api/v1/nodes', { metadata: { name: 'n' }, spec: { podCIDR: '10.0.0.0/24' } });
    const change = { metadata: { name: 'n' }, spec: { podCIDR: 'x' }, status: { phase: 'Running' } };
    await send('PUT', '/api/v1/nodes/n/status?dryRun=All', change);
    expect((await ask('/api/v1/nodes/n')).body.status).toBeUndefined();
    await send('PUT', '/api/v1/nodes/n/status', change);
    expect((await ask('/api/v1/nodes/n')).body).toMatchObject({
      spec: { podCIDR: '10.0.0.0/24' },
      status: { phase: 'Running' },
    });
  });

  it.each([
    ['GET', '/api/v1/pods', 404],
    ['GET', '/api/v2/services', 404],
    ['GET', '/apis/apps/v1/deployments', 404],
    ['GET', '/api/v1/services/a', 404],
    ['GET', '/api/v1/namespaces/default/nodes', 404],
    ['GET', `${SERVICES}/%2e%2e%2fetc`, 404],
    ['GET', `${SERVICES}/%zz`, 400],
    ['GET', `${SERVICES}?labelSelector=%28`, 400],
    ['GET', `${SERVICES}?fieldSelector=spec.nope=1`, 400],
    ['GET', `${SERVICES}?limit=-1`, 400],
    ['GET', `${SERVICES}?continue=nonsense`, 400],
    ['GET', `${SERVICES}?resourceVersion=99999`, 504],
    ['GET', `${SERVICES}?watch=1&resourceVersion=x`, 400],
    ['GET', `${SERVICES}?watch=1&sendInitialEvents=true`, 400],
    ['PUT', SERVICES, 405],
    ['OPTIONS', SERVICES, 400],
    ['DELETE', `${SERVICES}/nobody`, 404],
  ])('%s %s is answered with %i and a Status', async (method, path, code) => {
    const answer = await ask(path, { method });
    expect([answer.code, answer.body.kind, answer.body.code]).toEqual([code, 'Status', code]);
  });

  it.each([
    ['no JSON', '{"a":', 400],
    ['a list', '[]', 400],
    ['nothing', '', 400],
    ['another kind', '{"kind":"Pod","metadata":{"name":"a"}}', 400],
    ['another namespace', '{"metadata":{"name":"a","namespace":"kube-system"}}', 400],
    ['a number as its name', '{"metadata":{"name":1}}', 400],
    ['a name that is none', '{"metadata":{"name":"A B"}}', 422],
    ['no name', '{}', 422],
    ['more than 3 MiB', JSON.stringify({ metadata: { name: 'a', annotations: { a: 'x'.repeat(4e6) } } }), 413],
  ])('a body that is %s is refused', async (_what, body, code) => {
    const answer = await ask(SERVICES, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    expect([answer.code, answer.body.code]).toEqual([code, code]);
  });

  it('are refused as protobuf and answered as JSON to who would rather have protobuf', async () => {
    expect((await send('POST', SERVICES, service('a'), 'application/vnd.kubernetes.protobuf')).code).toBe(415);
    const both = 'application/vnd.kubernetes.protobuf,application/json';
    expect((await ask(SERVICES, { headers: { accept: both } })).body.kind).toBe('ServiceList');
    const only = { accept: 'application/vnd.kubernetes.protobuf' };
    expect((await ask(SERVICES, { headers: only })).code).toBe(406);
  });

  it('are served in every version of their group, each with its own fields', async () => {
    const slice = {
      metadata: { name: 's' },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.0.0.1'], nodeName: 'n', zone: 'z' }],
    };
    await send('POST', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', slice);
    const old = await ask('/apis/discovery.k8s.io/v1beta1/namespaces/default/endpointslices/s');
    expect(old.body).toMatchObject({ apiVersion: 'discovery.k8s.io/v1beta1' });
    expect(old.body.endpoints).toEqual([
      {
        addresses: ['10.0.0.1'],
        nodeName: 'n',
        topology: { 'kubernetes.io/hostname': 'n', 'topology.kubernetes.io/zone': 'z' },
      },
    ]);
    await send('PUT', '/apis/discovery.k8s.io/v1beta1/namespaces/default/endpointslices/s', old.body);
    expect(server.store.read('endpointslices', { namespace: 'default', name: 's' })).toMatchObject({
      endpoints: slice.endpoints,
    });
  });

  it('that are Events are the same ones in both groups', async () => {
    const event = {
      metadata: { name: 'e.1' },
      regarding: { name: 'n' },
      note: 'hello',
      reason: 'Starting',
      type: 'Normal',
    };
    await send('POST', '/apis/events.k8s.io/v1/namespaces/default/events', event);
    const list = await ask('/api/v1/events?fieldSelector=involvedObject.name%3Dn,reason!%3DX');
    expect(list.body.items).toEqual([expect.objectContaining({ involvedObject: { name: 'n' }, message: 'hello' })]);
  });
});

describe('lists', () => {
  const names = (body: JsonObject) =>
    (body.items as { metadata: { name: string } }[]).map((item) => item.metadata.name);

  it('come in pages that all show the state of the first', async () => {
    for (let index = 0; index < 7; index += 1) server.store.create('services', service(`s${index}`));
    const first = (await ask(`${SERVICES}?limit=3`)).body;
    const metadata = first.metadata as { continue: string; remainingItemCount: number; resourceVersion: string };
    expect([names(first), metadata.remainingItemCount]).toEqual([['s0', 's1', 's2'], 4]);
    server.store.remove('services', { namespace: 'default', name: 's3' });
    server.store.create('services', service('s3a'));
    const second = (await ask(`${SERVICES}?limit=3&continue=${metadata.continue}`)).body;
    expect(names(second)).toEqual(['s3', 's4', 's5']);
    const third = (await ask(`${SERVICES}?limit=3&continue=${(second.metadata as typeof metadata).continue}`)).body;
    expect([names(third), third.metadata]).toEqual([['s6'], { resourceVersion: metadata.resourceVersion }]);
  });

  it('that were left alone for too long have to be started again: 410', async () => {
    for (let index = 0; index < 40; index += 1) server.store.create('services', service(`s${index}`));
    const token = async () => ((await ask(`${SERVICES}?limit=1`)).body.metadata as { continue: string }).continue;
    const old = await token();
    for (let index = 40; index < 60; index += 1) {
      server.store.create('services', service(`s${index}`));
      await token();
    }
    const answer = await ask(`${SERVICES}?limit=1&continue=${old}`);
    expect([answer.code, answer.body.reason]).toEqual([410, 'Expired']);
  });

  it('hold what the selectors and the namespace say', async () => {
    server.store.create('namespaces', { metadata: { name: 'other' } });
    server.store.create('services', service('a', { app: 'x' }));
    server.store.create('services', service('b', { app: 'y' }));
    server.store.create('services', {
      ...service('c', { app: 'x' }),
      metadata: { name: 'c', namespace: 'other', labels: { app: 'x' } },
    });
    expect(names((await ask('/api/v1/services?labelSelector=app%3Dx')).body)).toEqual(['a', 'c']);
    expect(names((await ask(`${SERVICES}?labelSelector=app%3Dx`)).body)).toEqual(['a']);
    expect(names((await ask('/api/v1/services?fieldSelector=metadata.name%3Db')).body)).toEqual(['b']);
    const deleted = await ask(`${SERVICES}?labelSelector=app%3Dy`, { method: 'DELETE' });
    expect(names(deleted.body)).toEqual(['b']);
    expect(server.store.count('services')).toBe(2);
  });

  it('are tables for who asks for tables', async () => {
    server.store.create('services', service('a'));
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
    const { body } = await ask(SERVICES, { headers: { accept } });
    expect(body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    expect(body.rows).toEqual([
      expect.objectContaining({
        cells: ['a', 'ClusterIP', '10.111.255.254', '80/TCP', expect.stringMatching(/^\ds$/)],
      }),
    ]);
  });
});

describe('watches', () => {
  it('tell the state first and then every change, in order', async () => {
    server.store.create('services', service('a'));
    const events = watchEvents(`${SERVICES}?watch=true`);
    expect(await take(events, 1)).toEqual(['ADDED a']);
    server.store.create('services', service('b'));
    server.store.update('services', service('a', { x: 'y' }));
    server.store.remove('services', { namespace: 'default', name: 'b' });
    expect(await take(events, 3)).toEqual(['ADDED b', 'MODIFIED a', 'DELETED b']);
    await events.return(undefined);
  });

  it('go on from a resourceVersion without telling the state again', async () => {
    const { resourceVersion } = server.store.create('services', service('a'));
    server.store.create('services', service('b'));
    const events = watchEvents(`${SERVICES}?watch=1&resourceVersion=${resourceVersion}`);
    expect(await take(events, 1)).toEqual(['ADDED b']);
    await events.return(undefined);
  });

  it('mark the end of the initial events, as client-go wants it for its WatchList', async () => {
    server.store.create('services', service('a'));
    const query =
      'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=';
    const events = watchEvents(`${SERVICES}?${query}`);
    expect(await take(events, 2)).toEqual(['ADDED a', 'INITIAL END']);
    server.store.create('services', service('b'));
    expect(await take(events, 1)).toEqual(['ADDED b']);
    await events.return(undefined);
  });

  it('get bookmarks with the current version while other resources change', async () => {
    const events = watchEvents(`${SERVICES}?watch=1&resourceVersion=1&allowWatchBookmarks=true`);
    const first = (await events.next()).value as WatchEvent;
    const node = server.store.create('nodes', { metadata: { name: 'n' } });
    let last = first;
    while (last.object.metadata.resourceVersion !== node.resourceVersion)
      last = (await events.next()).value as WatchEvent;
    expect([first.type, last.type, last.object.kind]).toEqual(['BOOKMARK', 'BOOKMARK', 'Service']);
    await events.return(undefined);
  });

  it('get no bookmark when they ask for none, and end when their time is up', async () => {
    const started = performance.now();
    const seen: string[] = [];
    for await (const event of watchEvents(`${SERVICES}?watch=1&resourceVersion=1&timeoutSeconds=1`))
      seen.push(event.type);
    expect(seen).toEqual([]);
    expect(performance.now() - started).toBeGreaterThan(900);
    expect(server.openWatches).toBe(0);
  });

  it('see an object that leaves their selection as deleted and one that enters as added', async () => {
    server.store.create('services', service('a', { app: 'x' }));
    const events = watchEvents(`${SERVICES}?watch=1&labelSelector=app%3Dx`);
    expect(await take(events, 1)).toEqual(['ADDED a']);
    server.store.update('services', service('a', { app: 'y' }));
    server.store.update('services', service('a', { app: 'z' }));
    server.store.update('services', service('a', { app: 'x' }));
    expect(await take(events, 2)).toEqual(['DELETED a', 'ADDED a']);
    await events.return(undefined);
  });

  it('can be about one object by its path', async () => {
    server.store.create('nodes', { metadata: { name: 'n' } });
    server.store.create('nodes', { metadata: { name: 'm' } });
    const events = watchEvents('/api/v1/nodes/n?watch=1');
    expect(await take(events, 1)).toEqual(['ADDED n']);
    server.store.remove('nodes', { name: 'm' });
    server.store.remove('nodes', { name: 'n' });
    expect(await take(events, 1)).toEqual(['DELETED n']);
    await events.return(undefined);
  });

  it('are told 410 Gone as an ERROR event when they ask for what the log has forgotten', async () => {
    await using small = await startFullApiServer({
      host: '127.0.0.1',
      port: 0,
      history: { maxEvents: 5, maxBytes: 1e6 },
    });
    for (let index = 0; index < 20; index += 1) small.store.create('services', service(`s${index}`));
    const lines = await (await fetch(`${small.url}${SERVICES}?watch=1&resourceVersion=1`)).text();
    expect(JSON.parse(lines)).toMatchObject({
      type: 'ERROR',
      object: { kind: 'Status', code: 410, reason: 'Expired' },
    });
  });

  it('that are not read cost nothing: they fall out of the log and are told so when they read again', async () => {
    await using small = await startFullApiServer({
      host: '127.0.0.1',
      port: 0,
      history: { maxEvents: 50, maxBytes: 1e9 },
    });
    const events = await new Promise<NodeJS.ReadableStream>((resolve) => {
      httpGet(`${small.url}${SERVICES}?watch=1`, (response) => resolve(response.pause()));
    });
    const padding = { annotations: { padding: 'x'.repeat(200_000) } };
    small.store.create('services', { ...service('a'), metadata: { name: 'a' } });
    // Far more than socket buffers hold, with time in between for the server to write what it can.
    for (let index = 0; index < 400; index += 1) {
      small.store.update('services', {
        ...service('a'),
        metadata: { name: 'a', labels: { index: `${index}` }, ...padding },
      });
      if (index % 10 === 0) await sleep(1);
    }
    const lines = (await text(events)).trimEnd().split('\n');
    expect(lines.length).toBeLessThan(400);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ type: 'ERROR', object: { code: 410 } });
  });

  it('of many clients end when the server is stopped', async () => {
    const watching = Array.from({ length: 5 }, () => take(watchEvents(`${SERVICES}?watch=1`), 1).catch(() => 'broken'));
    while (server.openWatches < 5) await sleep(5);
    const started = performance.now();
    await server[Symbol.asyncDispose]();
    await Promise.all(watching);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('discovery', () => {
  it('names every resource in every version it is served in', async () => {
    const groups = (await ask('/apis')).body.groups as { name: string; versions: { groupVersion: string }[] }[];
    const versions = groups.flatMap((group) => group.versions.map((version) => version.groupVersion));
    expect(versions).toEqual(
      expect.arrayContaining([
        'discovery.k8s.io/v1',
        'discovery.k8s.io/v1beta1',
        'networking.k8s.io/v1',
        'events.k8s.io/v1',
      ]),
    );
    for (const path of ['/api/v1', ...versions.map((version) => `/apis/${version}`)]) {
      const { resources } = (await ask(path)).body as { resources: { name: string; namespaced: boolean }[] };
      for (const { name } of resources.filter((resource) => !resource.name.includes('/'))) {
        expect((await ask(`${path}/${name}`)).code, `${path}/${name}`).toBe(200);
      }
    }
  });

  it.each(['/healthz', '/livez', '/readyz'])('%s says ok', async (path) => {
    expect((await ask(path)).body).toEqual({ text: 'ok' });
  });
});

describe('faults', () => {
  it('answer with the status asked for and say when to come again', async () => {
    fault = { kind: 'status', code: 429, retryAfterS: 3 };
    const answer = await ask(SERVICES);
    expect([answer.code, answer.body.reason, answer.headers.get('retry-after')]).toEqual([429, 'TooManyRequests', '3']);
    expect((await ask('/healthz')).code).toBe(200);
  });

  it('delay the answer', async () => {
    fault = { kind: 'delay', delayMs: 120 };
    const started = performance.now();
    expect((await ask(SERVICES)).code).toBe(200);
    expect(performance.now() - started).toBeGreaterThanOrEqual(115);
  });

  it('break connections and watches', async () => {
    fault = { kind: 'disconnect' };
    await expect(ask(SERVICES)).rejects.toThrow();
    fault = { kind: 'drop-watch', afterMs: 20 };
    server.store.create('services', service('a'));
    const events = watchEvents(`${SERVICES}?watch=1`);
    expect(await take(events, 1)).toEqual(['ADDED a']);
    await expect(events.next()).rejects.toThrow();
  });
});

describe('a bad client', () => {
  it('that sends rubbish, or half a request and leaves, harms nobody', async () => {
    const { port } = new URL(server.url);
    for (const bytes of [
      '\0\0\0\r\n\r\n',
      `POST ${SERVICES} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"met`,
      'GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n',
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), '127.0.0.1', () => {
          socket.write(bytes);
          setTimeout(() => socket.destroy(), 30);
        });
        socket.on('close', () => resolve());
        socket.on('error', () => resolve());
      });
    }
    expect((await ask(SERVICES)).code).toBe(200);
  });

  it('that leaves in the middle of a list does not keep it alive', async () => {
    const padding = { annotations: { padding: 'x'.repeat(100_000) } };
    for (let index = 0; index < 200; index += 1) {
      server.store.create('endpointslices', { metadata: { name: `s${index}`, ...padding } });
    }
    await new Promise<void>((resolve) => {
      const request = httpRequest(`${server.url}/apis/discovery.k8s.io/v1/endpointslices`, (response) => {
        response.once('data', () => response.destroy());
        response.once('close', () => resolve());
      });
      request.end();
    });
    const started = performance.now();
    await server[Symbol.asyncDispose]();
    expect(performance.now() - started).toBeLessThan(500);
  });
});

it('says what to do when its port is taken', async () => {
  const { port } = new URL(server.url);
  await expect(startFullApiServer({ host: '127.0.0.1', port: Number(port) })).rejects.toThrow(
    `the embedded API server cannot listen on 127.0.0.1:${port}: the port is taken`,
  );
});
