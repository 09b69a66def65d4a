import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Exec, systemExec } from '../../system/exec.ts';
import { startProcess } from '../../system/process.ts';

export const SERVER_ADDRESS = '10.77.0.2';
export const SERVER_PORT = 8080;
export const CLIENT_INTERFACE = 'eth0';
export const SERVER_BODY = 'measured\n';

/** A client's and a server's network namespace with a veth between them and a real NGINX: the smallest place to try an instrument in. */
export interface TwoNamespaces extends AsyncDisposable {
  /** Words that put a command into the namespace, without a fork. */
  readonly client: readonly string[];
  readonly server: readonly string[];
  readonly directory: string;
  readonly exec: Exec;
}

function nginxConfig(directory: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path "${directory}/${kind}";`,
  );
  return `daemon off; user root; worker_processes 1; pid "${directory}/nginx.pid"; error_log stderr warn;
events { worker_connections 8192; }
http { access_log off; ${temporary.join(' ')}
  server { listen ${SERVER_PORT} backlog=4096; location / { return 200 "${SERVER_BODY.trim()}\\n"; } } }
`;
}

/** Sleeps inside a new network namespace; the namespace lives as long as the process, and both die with this program. */
async function holdNamespace(name: string, directory: string) {
  const command = ['setpriv', '--pdeathsig', 'KILL', 'unshare', '--net', 'sleep', 'infinity'];
  return await startProcess({ name, command, logFile: join(directory, `${name}.log`) });
}

/** Needs root, iproute2 and nginx. */
export async function makeTwoNamespaces(): Promise<TwoNamespaces> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'two-namespaces-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const [client, server] = [await holdNamespace('client', directory), await holdNamespace('server', directory)];
  stack.use(client);
  stack.use(server);
  const enter = (pid: number) => ['nsenter', `--net=/proc/${pid}/ns/net`];
  await wire(client.pid, server.pid, enter);
  await writeFile(join(directory, 'nginx.conf'), nginxConfig(directory));
  const nginx = ['setpriv', '--pdeathsig', 'KILL', 'nginx', '-e', 'stderr', '-c', join(directory, 'nginx.conf')];
  stack.use(
    await startProcess({
      name: 'nginx',
      command: [...enter(server.pid), ...nginx],
      logFile: join(directory, 'nginx.log'),
    }),
  );
  await waitForServer(enter(client.pid));
  const owned = stack.move();
  const place = { client: enter(client.pid), server: enter(server.pid), directory, exec: systemExec };
  return { ...place, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function wire(clientPid: number, serverPid: number, enter: (pid: number) => readonly string[]): Promise<void> {
  const own = (await systemExec.run(['readlink', '/proc/self/ns/net'])).stdout;
  for (const pid of [clientPid, serverPid]) await waitForNamespace(pid, own);
  const batch = (pid: number, lines: readonly string[]) =>
    systemExec.run([...enter(pid), 'ip', '-batch', '-'], { input: `${lines.join('\n')}\n` });
  await batch(clientPid, [`link add ${CLIENT_INTERFACE} type veth peer name eth0 netns ${serverPid}`]);
  await batch(clientPid, [
    'link set lo up',
    `address add 10.77.0.1/24 dev ${CLIENT_INTERFACE}`,
    `link set ${CLIENT_INTERFACE} up`,
  ]);
  await batch(serverPid, ['link set lo up', `address add ${SERVER_ADDRESS}/24 dev eth0`, 'link set eth0 up']);
}

/** unshare runs some milliseconds before it has left our namespace. */
async function waitForNamespace(pid: number, ours: string): Promise<void> {
  const deadlineMs = performance.now() + 5000;
  while (performance.now() < deadlineMs) {
    const theirs = await systemExec.run(['readlink', `/proc/${pid}/ns/net`]);
    if (theirs.stdout !== ours) return;
  }
  throw new Error(`process ${pid} did not enter a network namespace of its own`);
}

const HTTP_GET = fileURLToPath(new URL('./http-get.ts', import.meta.url));

/** Words that get pages over one connection: what a minimal Debian has of that is Node. */
export function httpGet(
  urls: readonly string[],
  { timeoutMs = 5000, tries = 1 }: { readonly timeoutMs?: number; readonly tries?: number } = {},
): readonly string[] {
  return [process.execPath, HTTP_GET, String(timeoutMs), String(tries), ...urls];
}

async function waitForServer(client: readonly string[]): Promise<void> {
  const url = `http://${SERVER_ADDRESS}:${SERVER_PORT}/`;
  await systemExec.run([...client, ...httpGet([url], { tries: 50 })]);
}
