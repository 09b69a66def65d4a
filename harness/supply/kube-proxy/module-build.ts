import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Exec } from '../../system/exec.ts';
import { findTool } from '../../system/find-tool.ts';
import { linkerFlags, makeModuleFile, type UpstreamModule } from './module-file.ts';

/** kube-proxy could not be built here. */
export class BuildError extends Error {
  override readonly name = 'BuildError';
}

export interface ModuleBuild {
  readonly version: string;
  /** Gets kube-proxy, and everything temporary. */
  readonly directory: string;
  readonly exec: Exec;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onProgress: (text: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Builds kube-proxy from the Go module proxy with the installed `go`, which checks every module against the public checksum database. Gives what built
 * it ("go1.26.8"). CGO is off, as in release builds, so no C compiler is needed. Rejects with BuildError.
 */
export async function buildFromModules(options: ModuleBuild): Promise<string> {
  const go = findGo(options.env);
  if (go === null) throw new BuildError('there is no `go` to build it with');
  const prefix = await contained(options.exec);
  const run = (words: readonly string[], tell: (line: string) => void) =>
    runGo({ ...options, command: [...prefix, go, ...words], tell });
  options.onProgress(`building kube-proxy ${options.version} from its Go modules (some minutes)`);
  const fetched = JSON.parse(await run(['mod', 'download', '-json', `k8s.io/kubernetes@v${options.version}`], ignore));
  const upstream = JSON.parse(await run(['mod', 'edit', '-json', fetched.GoMod], ignore)) as UpstreamModule;
  await writeFile(join(options.directory, 'go.mod'), makeModuleFile(upstream, options.version));
  const flags = ['-mod=mod', '-trimpath', '-buildvcs=false', '-v', '-ldflags', linkerFlags(options.version)];
  const counter = progressCounter(options.onProgress);
  await run(['build', ...flags, '-o', 'kube-proxy', 'k8s.io/kubernetes/cmd/kube-proxy'], counter);
  return (await run(['env', 'GOVERSION'], ignore)).trim();
}

const ignore = () => {};

/** On PATH, or where go.dev's own instructions put it. */
export function findGo(env: Readonly<Record<string, string | undefined>>): string | null {
  return findTool('go', { PATH: `${env.PATH ?? ''}:/usr/local/go/bin` });
}

/** Words that keep go and the compilers that it starts in a process namespace which dies with this program, however it ends; where that can be had. */
async function contained(exec: Exec): Promise<readonly string[]> {
  const users = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const whole = ['setpriv', '--pdeathsig', 'KILL', 'unshare', ...users, '--pid', '--fork', '--kill-child'];
  for (const prefix of [whole, ['setpriv', '--pdeathsig', 'KILL']]) {
    const works = await exec.run([...prefix, 'true']).then(
      () => true,
      () => false,
    );
    if (works) return prefix;
  }
  return [];
}

/**
 * The program is the same whatever the user's variables and `go env -w` say, which an empty variable would let through: for this kernel, and for every processor of its kind, as
 * releases are. Where modules come from (GOPROXY and its like) stays the user's.
 */
const HOW_TO_BUILD = {
  GOOS: 'linux',
  GOARCH: process.arch === 'arm64' ? 'arm64' : 'amd64',
  GOAMD64: 'v1',
  GOARM64: 'v8.0',
  CGO_ENABLED: '0',
  GOWORK: 'off',
  GOFLAGS: '-mod=mod',
  GO111MODULE: 'on',
  GODEBUG: '',
};

/** Runs go in the build's own directory; gives its standard output, and its standard error line by line as it comes. */
async function runGo(
  options: ModuleBuild & { readonly command: readonly string[]; readonly tell: (line: string) => void },
): Promise<string> {
  const [file = '', ...args] = options.command;
  const child = spawn(file, args, {
    cwd: options.directory,
    env: { ...options.env, ...HOW_TO_BUILD, GOTMPDIR: options.directory },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.signal === undefined ? {} : { signal: options.signal, killSignal: 'SIGKILL' as const }),
  });
  const last: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    options.tell(line);
    if (!line.startsWith('go: downloading')) last.push(line);
    if (last.length > 12) last.shift();
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    // An abort is reported as an error first; the process has ended only when it is closed.
    child.on('error', (error) => (child.pid === undefined ? reject(error) : null));
    child.once('close', resolve);
  });
  options.signal?.throwIfAborted();
  if (code !== 0) throw new BuildError(failureText(last, stdout));
  return stdout;
}

/** `go mod download -json` says what went wrong in its output, everything else on standard error. */
function failureText(lines: readonly string[], stdout: string): string {
  const inJson = /"Error": "((?:[^"\\]|\\.)*)"/.exec(stdout)?.[1];
  return inJson === undefined ? lines.join('\n    ') : (JSON.parse(`"${inJson}"`) as string);
}

/** Turns go's lines into one that grows, every five seconds at most. */
function progressCounter(onProgress: (text: string) => void): (line: string) => void {
  const started = performance.now();
  let toldMs = started;
  let modules = 0;
  let packages = 0;
  return (line) => {
    if (line.startsWith('go: downloading')) modules += 1;
    else if (/^[\w.-]+(\/[\w.-]+)*$/.test(line)) packages += 1;
    const nowMs = performance.now();
    if (nowMs - toldMs < 5000) return;
    toldMs = nowMs;
    const seconds = Math.round((nowMs - started) / 1000);
    onProgress(`building: ${modules} modules fetched, ${packages} packages compiled, ${seconds} s`);
  };
}
