import { connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { EnvironmentError } from '../errors.ts';

/**
 * An abstract Unix socket (unix(7)): it lives in the kernel alone and goes with the process that holds it, however it ends, so no stale lock
 * can be left. It is one per network namespace: take it before entering the laboratory's own.
 */
const LOCK_ADDRESS = '\0service-routing-bench';
const ANSWER_DEADLINE_MS = 1000;

const holderSchema = z.strictObject({ pid: z.int(), run: z.string() });
/** Who measures: process and what it calls its run. */
export type LockHolder = z.infer<typeof holderSchema>;

/**
 * One measurement at a time on a machine: two would measure each other. Rejects with an EnvironmentError (exit 3) that names the other
 * run and its process. `address` is for tests.
 */
export async function acquireMachineLock(holder: LockHolder, address = LOCK_ADDRESS): Promise<AsyncDisposable> {
  for (let attempt = 1; ; attempt += 1) {
    const server = await tryListen(holder, address);
    if (server !== null) return { [Symbol.asyncDispose]: () => closeServer(server) };
    const other = await askHolder(address);
    // Between our try and our question it may have ended: then there is another try.
    if (other === 'gone' && attempt < 5) continue;
    throw refuse(other);
  }
}

function refuse(other: LockHolder | 'gone' | 'silent'): EnvironmentError {
  if (typeof other === 'string')
    return new EnvironmentError(
      'another measurement is running on this machine and does not say which',
      'wait until it is done, or end it',
    );
  return new EnvironmentError(
    `another measurement is running on this machine: ${other.run} (process ${other.pid})`,
    `wait until it is done, or end it: kill -INT ${other.pid}`,
  );
}

/** `null` when somebody else holds the address. */
function tryListen(holder: LockHolder, address: string): Promise<Server | null> {
  const answer = JSON.stringify(holder);
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(answer);
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error) => ('code' in error && error.code === 'EADDRINUSE' ? resolve(null) : reject(error)));
    server.listen({ path: address }, () => {
      // Holding the lock is no reason to stay alive.
      server.unref();
      resolve(server);
    });
  });
}

async function closeServer(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}

async function askHolder(address: string): Promise<LockHolder | 'gone' | 'silent'> {
  const socket: Socket = connect({ path: address });
  socket.setTimeout(ANSWER_DEADLINE_MS, () => socket.destroy(new Error('no answer')));
  try {
    return holderSchema.parse(JSON.parse(await text(socket)));
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED' ? 'gone' : 'silent';
  } finally {
    socket.destroy();
  }
}
