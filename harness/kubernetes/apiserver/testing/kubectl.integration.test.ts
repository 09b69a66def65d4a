import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemExec } from '../../../system/exec.ts';
import { type FullApiServer, startFullApiServer } from './full-server.ts';

/** Any kubectl: 1.20 (Debian) and 1.32 were tried. */
const KUBECTL = process.env.KUBECTL ?? 'kubectl';

let server: FullApiServer;
let directory: string;
let missing: string | null = null;

beforeAll(async () => {
  server = await startFullApiServer({ host: '127.0.0.1', port: 0 });
  directory = await mkdtemp(join(tmpdir(), 'kubectl-test-'));
  const found = await systemExec.run([KUBECTL, 'version', '--client']).catch(() => null);
  if (found === null) missing = `no kubectl here (looked for ${KUBECTL})`;
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function kubectl(...words: string[]): Promise<string> {
  const env = { HOME: directory, KUBECONFIG: join(directory, 'none') };
  return (await systemExec.run([KUBECTL, '--server', server.url, ...words], { env })).stdout;
}

const MANIFEST = `
apiVersion: v1
kind: Service
metadata: {name: web, labels: {app: web}}
spec:
  ports: [{name: http, port: 80, targetPort: 8080}, {name: alt, port: 81, targetPort: 8081}]
---
apiVersion: discovery.k8s.io/v1beta1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints: [{addresses: [10.1.1.1]}]
ports: [{name: http, port: 8080}]
`;

it('kubectl applies, applies again, shows, patches and deletes', async (context) => {
  if (missing !== null) {
    if (process.env.CI === 'true') throw new Error(missing);
    return context.skip(missing);
  }
  const file = join(directory, 'web.yaml');
  await writeFile(file, MANIFEST);
  // The server has no schemas to validate by.
  const apply = () => kubectl('apply', '--validate=false', '-f', file);
  expect(await apply()).toMatch(/service\/web created\n.*web-1 created/);
  expect(await apply()).toMatch(/service\/web unchanged/);

  await writeFile(file, MANIFEST.replace('targetPort: 8081', 'targetPort: 9999'));
  expect(await apply()).toMatch(/service\/web configured/);
  expect(await kubectl('get', 'svc', 'web', '-o', 'jsonpath={.spec.ports[*].targetPort}')).toBe('8080 9999');

  expect(await kubectl('get', 'svc', '-A')).toMatch(
    /NAMESPACE\s+NAME\s+TYPE\s+CLUSTER-IP.*\ndefault\s+web\s+ClusterIP\s+10\.\d+\.\d+\.\d+\s+80\/TCP,81\/TCP/,
  );
  expect(await kubectl('get', 'endpointslices', '-l', 'kubernetes.io/service-name=web', '-o', 'name')).toBe(
    'endpointslice.discovery.k8s.io/web-1\n',
  );
  await kubectl('patch', 'svc', 'web', '--type=json', '-p', '[{"op":"remove","path":"/spec/ports/1"}]');
  await kubectl('label', 'svc', 'web', 'tier=front');
  expect(server.store.read('services', { namespace: 'default', name: 'web' })).toMatchObject({
    metadata: { labels: { app: 'web', tier: 'front' } },
    spec: { ports: [{ port: 80, targetPort: 8080 }] },
  });
  await expect(kubectl('get', 'svc', 'nobody')).rejects.toThrow('services "nobody" not found');
  expect(await kubectl('delete', '-f', file)).toMatch(/service "web" deleted/);
  expect(server.store.count('services')).toBe(0);
});
