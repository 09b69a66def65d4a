import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError } from '../../errors.ts';
import { makeDirectory } from '../../system/make-directory.ts';
import { type RunningProcess, startProcess } from '../../system/process.ts';
import { BACKEND_PORT, type BackendAddress } from '../netns/addresses.ts';
import { inNamespace } from '../netns/namespaces.ts';

/** The small static body that every backend serves; the client compares it byte by byte. */
export const STATIC_BODY = '<!doctype html><title>pod</title><p>A small static page, served by NGINX.</p>\n';
/** Served with NGINX's limit of 100 requests on a connection, as in the study. */
export const STATIC_PATH = '/index.html';
/** The same page without that limit, for the policy that never closes a connection. */
export const UNLIMITED_PATH = '/unlimited/index.html';

/** nginx.conf of one backend: one worker, a static file, `keepalive_requests 100`. NGINX has no way to write a `$` in `root`, so `directory` is to be a plain path: one of the laboratory's own /run. */
export function nginxConfig(options: { readonly name: string; readonly directory: string }): string {
  const { name, directory } = options;
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `  ${kind}_temp_path ${directory}/${kind};`,
  );
  return [
    'daemon off;',
    // The files are root's alone when root runs it; an ordinary user's NGINX ignores the line.
    'user root;',
    'worker_processes 1;',
    `pid ${directory}/nginx.pid;`,
    'error_log stderr warn;',
    'events { worker_connections 8192; }',
    'http {',
    '  access_log off;',
    '  default_type text/html;',
    '  keepalive_requests 100;',
    '  keepalive_timeout 300s;',
    ...temporary,
    '  server {',
    `    listen ${BACKEND_PORT} backlog=4096;`,
    `    root ${directory}/www;`,
    `    add_header X-Backend ${name};`,
    '    location /unlimited/ { keepalive_requests 1000000000; }',
    '  }',
    '}',
    '',
  ].join('\n');
}

/** Starts one backend's NGINX in its pod's namespace. */
export async function startNginx(options: {
  readonly backend: BackendAddress;
  readonly directory: string;
  readonly logsDirectory: string;
}): Promise<RunningProcess> {
  const { backend, logsDirectory } = options;
  const directory = join(options.directory, backend.name);
  await makeDirectory(join(directory, 'www/unlimited'));
  await writeFile(join(directory, 'www/index.html'), STATIC_BODY);
  await writeFile(join(directory, 'www/unlimited/index.html'), STATIC_BODY);
  const config = join(directory, 'nginx.conf');
  await writeFile(config, nginxConfig({ name: backend.name, directory }));
  const running = await startProcess({
    name: `NGINX ${backend.name}`,
    command: [...inNamespace(backend.namespace), 'nginx', '-e', 'stderr', '-p', directory, '-c', config],
    logFile: join(logsDirectory, `nginx-${backend.name}.log`),
  });
  return running;
}

/** Says so when a backend has ended by itself. */
export function nginxFailure(backend: RunningProcess): EnvironmentError {
  return new EnvironmentError(
    `${backend.name} ${backend.endText}:\n${backend.logTail(5)}`,
    `read ${backend.logFile}; try: ${backend.command}`,
  );
}
