import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Gets pages one after the other over one connection, for tests that put this process into a network namespace: http-get.ts TIMEOUT_MS TRIES URL…
 * Exit 0 when each was answered with 200; tries again, after 100 ms, as often as it is told.
 */
async function main([timeoutMs = '', tries = '', ...urls]: readonly string[]): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let left = Number(tries); left > 0; left -= 1) {
    if (await getAll(urls, agent, Number(timeoutMs))) return 0;
    await sleep(100);
  }
  return 1;
}

async function getAll(urls: readonly string[], agent: Agent, timeoutMs: number): Promise<boolean> {
  for (const url of urls) if (!(await getPage(url, agent, timeoutMs))) return false;
  return true;
}

function getPage(url: string, agent: Agent, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode === 200));
    });
    request.once('error', () => resolve(false));
  });
}

process.exit(await main(process.argv.slice(2)));
