import { expect, it } from 'vitest';
import { startApiServer } from './server.ts';

const SERVICES = '/api/v1/namespaces/default/services';
const EVENTS = '/apis/events.k8s.io/v1/namespaces/default/events';

it('The server of a run answers what kube-proxy asks', async () => {
  await using server = await startApiServer({ host: '127.0.0.1', port: 0 });
  const service = { metadata: { name: 'a', namespace: 'default' }, spec: { ports: [{ port: 80 }] } };
  server.store.create('services', service);
  const ask = async (path: string, init?: RequestInit) => (await fetch(server.url + path, init)).status;
  const event = { method: 'POST', body: JSON.stringify({ metadata: { name: 'starting' }, note: 'x' }) };
  expect(await ask(SERVICES)).toBe(200);
  expect(await ask(`${SERVICES}/a`)).toBe(200);
  expect(await ask(`${SERVICES}?watch=1&timeoutSeconds=1`)).toBe(200);
  expect(await ask(EVENTS, { ...event, headers: { 'content-type': 'application/json' } })).toBe(201);
});

it.each(['PUT', 'PATCH', 'DELETE'])(
  'The server of a run refuses %s, and the object stays as it was',
  async (method) => {
    await using server = await startApiServer({ host: '127.0.0.1', port: 0 });
    server.store.create('namespaces', { metadata: { name: 'mine' } });
    const before = server.store.version;
    const answer = await fetch(`${server.url}/api/v1/namespaces/mine`, { method });
    expect([answer.status, server.store.version]).toEqual([405, before]);
  },
);
