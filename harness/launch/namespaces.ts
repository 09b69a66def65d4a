import { fileURLToPath } from 'node:url';

/**
 * The program starts itself again inside namespaces of its own: network, mounts and processes (and users, when not root). The host's network is never
 * touched, and when the outer program dies, however it ends, the kernel removes every process, interface and rule with the namespaces:
 * An ordinary user keeps his number there and gets the capabilities (not --map-root-user: tcpdump and NGINX, started as uid 0, want setgroups, which such a
 * namespace denies; seen with tcpdump 4.99 and NGINX 1.22).
 * setpriv's parent-death signal kills unshare, unshare's --kill-child kills process 1 of the inner process namespace, and that kills all.
 */
export function laboratoryCommand(options: {
  readonly user: 'root' | 'ordinary';
  readonly program: readonly string[];
}): readonly string[] {
  const users = options.user === 'root' ? [] : ['--user', '--map-current-user', '--keep-caps'];
  const spaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  return ['setpriv', '--pdeathsig', 'KILL', 'unshare', ...users, ...spaces, ...options.program];
}

const CLI = fileURLToPath(new URL('../cli.ts', import.meta.url));
/**
 * With Node 26's own size of the young generation (3 x 16 MiB and more, by the machine's memory) the program inside peaks at 414 to 439 MB when it writes and lists 10,000 Services x 10,
 * with this at 307 to 330 MB; it settles in the same time.
 */
const NODE_FLAGS = ['--max-semi-space-size=4'];

/** The words that run a stored request inside the laboratory: this program once more. What goes wrong inside is told there, and so is --debug. */
export function laboratoryProgram(
  requestPath: string,
  { debug }: { readonly debug: boolean } = { debug: false },
): readonly string[] {
  return [process.execPath, ...NODE_FLAGS, CLI, 'laboratory', requestPath, ...(debug ? ['--debug'] : [])];
}
