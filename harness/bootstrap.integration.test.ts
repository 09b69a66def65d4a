import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

/** Stands for the program: notes its number and every signal, and ends with 130 some time after the first SIGINT or SIGTERM. */
const PROGRAM = `
import { appendFileSync } from 'node:fs';
const [file, code] = process.argv.slice(2);
const say = (line: string) => appendFileSync(file as string, line + '\\n');
say('pid ' + process.pid + ' node ' + process.versions.node);
if (code !== undefined) process.exit(Number(code));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => { say(signal); if (signal !== 'SIGHUP') setTimeout(() => process.exit(130), 700); });
setInterval(() => {}, 1000);
`;

/** Stands for npm-cli.js: "installs" by writing what npm writes last, and notes that it did. */
const NPM = `
const fs = require('node:fs');
fs.appendFileSync('npm.log', process.argv.slice(2).join(' ') + '\\n');
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
fs.mkdirSync('node_modules', { recursive: true });
const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'));
delete packages[''];
fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }));
`;

let project = '';
let started: ChildProcess[] = [];

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'bootstrap-test-'));
  mkdirSync(join(project, 'harness'));
  for (const file of ['bootstrap.mjs', 'install-for-node.cjs'])
    cpSync(join('harness', file), join(project, 'harness', file));
  writeFileSync(join(project, 'harness', 'cli.ts'), PROGRAM);
  const { scripts: real } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const scripts = { bench: real.bench?.replace(/ bench$/, '') };
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'p', version: '1.0.0', type: 'module', scripts }),
  );
  install({});
  started = [];
});

afterEach(async () => {
  for (const child of started) if (child.pid !== undefined) kill(child.pid, 'SIGKILL');
  for (const { pid } of programs()) kill(pid, 'SIGKILL');
  await sleep(50);
  rmSync(project, { recursive: true, force: true, maxRetries: 3 });
});

/** node_modules as npm leaves it, with the real Node packages in it: the first does not start on every machine. */
function install(packages: Readonly<Record<string, unknown>>): void {
  const modules = join(project, 'node_modules');
  mkdirSync(modules, { recursive: true });
  writeFileSync(join(project, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...packages } }));
  writeFileSync(join(modules, '.package-lock.json'), JSON.stringify({ packages }));
  for (const kind of ['node', 'node-lts']) {
    const own = `${kind}-${process.platform}-${process.arch}`;
    symlinkSync(join(process.cwd(), 'node_modules', own), join(modules, own));
  }
}

const BOOTSTRAP = ['node', 'harness/bootstrap.mjs'];
const NPM_RUN = ['npm', 'run', '--silent', 'bench', '--'];

function start(command: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const [file = '', ...args] = command;
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
  const child = spawn(file, args, { cwd: project, stdio: ['pipe', 'ignore', 'pipe'], env: { ...inherited, ...env } });
  started.push(child);
  return child;
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', resolve));
}

const notes = (): string[] =>
  existsSync(join(project, 'notes')) ? readFileSync(join(project, 'notes'), 'utf8').trimEnd().split('\n') : [];

function programs(): { readonly pid: number; readonly node: string }[] {
  return notes().flatMap((line) => {
    const found = /^pid (\d+) node (\S+)/.exec(line);
    return found === null ? [] : [{ pid: Number(found[1]), node: found[2] ?? '' }];
  });
}

async function programStarted(): Promise<number> {
  const pid = await waitUntil(() => programs()[0]?.pid);
  await sleep(200);
  return pid;
}

async function waitUntil<T>(look: () => T | undefined | false, deadlineMs = 20_000): Promise<T> {
  const end = performance.now() + deadlineMs;
  while (performance.now() < end) {
    const seen = look();
    if (seen !== undefined && seen !== false) return seen;
    await sleep(20);
  }
  throw new Error(`did not happen within ${deadlineMs} ms; notes: ${notes().join(', ')}`);
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

/** Running, and no zombie. */
function isAlive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Every process that has this test's directory as its working directory. */
async function processesHere(): Promise<string[]> {
  const child = spawn(
    'sh',
    [
      '-c',
      'for p in /proc/[0-9]*; do [ "$(readlink $p/cwd)" = "$1" ] && tr "\\0" " " <$p/cmdline && echo; done; true',
      'sh',
      project,
    ],
    { cwd: '/' },
  );
  let text = '';
  child.stdout.on('data', (part) => {
    text += part;
  });
  await new Promise((resolve) => child.once('close', resolve));
  return text.split('\n').filter((line) => line.trim() !== '');
}

describe('the program behind the bootstrap', () => {
  test('runs under the Node of the packages, and its exit code comes back', async () => {
    expect(await exitOf(start([...BOOTSTRAP, 'notes', '4']))).toBe(4);
    expect(await exitOf(start([...NPM_RUN, 'notes', '3']))).toBe(3);
    expect(programs().map((one) => one.node)).toEqual([process.versions.node, process.versions.node]);
  });

  test('starts under npm also where node_modules/.bin has a Node that does not start here', async () => {
    mkdirSync(join(project, 'node_modules', '.bin'), { recursive: true });
    writeFileSync(join(project, 'node_modules', '.bin', 'node'), '#!/bin/sh\nexit 127\n', { mode: 0o755 });
    expect(await exitOf(start([...NPM_RUN, 'notes', '3']))).toBe(3);
  });

  test('starts whatever Node is told by the environment; how the net is reached stays the user’s', async () => {
    const told = join(project, 'program-env.json');
    writeFileSync(
      join(project, 'harness', 'cli.ts'),
      `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(told)}, JSON.stringify(process.env));`,
    );
    const settings = {
      NODE_ENV: 'production',
      NODE_OPTIONS: '--frozen-intrinsics --use-openssl-ca  --title="a b" --dns-result-order=ipv4first',
      NODE_USE_ENV_PROXY: '0',
      NODE_EXTRA_CA_CERTS: '/etc/ssl/company.pem',
      HTTPS_PROXY: 'proxy.example:3128',
    };
    expect(await exitOf(start(BOOTSTRAP, settings))).toBe(0);
    const variables = Object.entries(JSON.parse(readFileSync(told, 'utf8')) as Record<string, string>);
    expect(Object.fromEntries(variables.filter(([name]) => name in settings))).toEqual({
      NODE_OPTIONS: '--use-openssl-ca --dns-result-order=ipv4first',
      NODE_EXTRA_CA_CERTS: '/etc/ssl/company.pem',
      HTTPS_PROXY: 'proxy.example:3128',
    });
  });

  test('gets a SIGTERM and a SIGINT that were sent to the bootstrap once each, and ends in its own time', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      rmSync(join(project, 'notes'), { force: true });
      const child = start([...BOOTSTRAP, 'notes']);
      await programStarted();
      const exit = exitOf(child);
      child.kill(signal);
      child.kill(signal);
      expect(await exit).toBe(130);
      expect(notes().slice(1)).toEqual([signal]);
    }
  });

  test('gets Ctrl-C in a terminal under npm, and 130 comes back through npm', async () => {
    const child = start(['script', '--quiet', '--return', '--command', `${NPM_RUN.join(' ')} notes`, '/dev/null']);
    await programStarted();
    const exit = exitOf(child);
    child.stdin?.write('\x03');
    expect(await exit).toBe(130);
    expect(notes().slice(1)).toEqual(['SIGINT']);
  });

  const victims: Readonly<Record<string, (child: ChildProcess, program: number) => number | undefined>> = {
    npm: (child) => child.pid,
    'the bootstrap': (_child, program) => parentOf(program),
    'the program': (_child, program) => program,
  };
  for (const [name, pick] of Object.entries(victims))
    test(`leaves no process within a second when ${name} is killed by SIGKILL`, async () => {
      const child = start([...NPM_RUN, 'notes']);
      const program = await programStarted();
      expect((await processesHere()).length).toBeGreaterThan(1);
      kill(pick(child, program) ?? 0, 'SIGKILL');
      await sleep(1000);
      expect(isAlive(program)).toBe(false);
      expect(await processesHere()).toEqual([]);
    });

  test('that is killed is said to be, with exit code 3, and one that is stopped before it listens was interrupted', async () => {
    for (const [signal, code, words] of [
      ['SIGKILL', 3, 'the program was ended by SIGKILL'],
      ['SIGSEGV', 3, 'the program was ended by SIGSEGV'],
      ['SIGTERM', 130, 'interrupted'],
    ] as const) {
      writeFileSync(
        join(project, 'harness', 'cli.ts'),
        `process.kill(process.pid, '${signal}'); setInterval(() => {}, 1000);`,
      );
      const child = start([...BOOTSTRAP, 'notes']);
      let said = '';
      child.stderr?.on('data', (part) => {
        said += part;
      });
      expect(await exitOf(child)).toBe(code);
      expect(said).toContain(words);
    }
  });

  test('goes on in the background when the shell that started it is gone, and a hang-up does not end it', async () => {
    const shell = start([
      'setsid',
      'bash',
      '-c',
      `nohup ${NPM_RUN.join(' ')} notes </dev/null >/dev/null 2>&1 & sleep 0.1`,
    ]);
    const group = shell.pid ?? 0;
    const program = await programStarted();
    expect(isAlive(group)).toBe(false);
    kill(-group, 'SIGHUP');
    await sleep(1200);
    expect(isAlive(program)).toBe(true);
    kill(program, 'SIGTERM');
    await waitUntil(() => !isAlive(program));
  });
});

function parentOf(pid: number): number {
  return Number(
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) \S /, '')
      .split(' ')[0],
  );
}

describe('the Node packages', () => {
  const npmEnv = () => ({ npm_execpath: join(project, 'npm-cli.cjs') });
  const npmRuns = () => (existsSync(join(project, 'npm.log')) ? readFileSync(join(project, 'npm.log'), 'utf8') : '');

  beforeEach(() => {
    writeFileSync(join(project, 'npm-cli.cjs'), NPM);
  });

  test('are left alone when they are what the lock file says, also when the user installed them himself', async () => {
    install2({
      'node_modules/a': { version: '1.0.0', integrity: 'x' },
      'node_modules/b': { version: '2.0.0', optional: true },
    });
    await exitOf(start([...BOOTSTRAP, 'notes', '0'], npmEnv()));
    expect(npmRuns()).toBe('');
  });

  test('are installed by the lock file when one is missing or in another version, and then not again', async () => {
    const lock = { packages: { '': {}, 'node_modules/a': { version: '1.0.1', integrity: 'y' } } };
    writeFileSync(join(project, 'package-lock.json'), JSON.stringify(lock));
    expect(await exitOf(start([...BOOTSTRAP, 'notes', '0'], npmEnv()))).toBe(0);
    expect(await exitOf(start([...BOOTSTRAP, 'notes', '0'], npmEnv()))).toBe(0);
    expect(npmRuns()).toMatch(/^ci [^\n]*\n$/);
  });

  test('are installed anew when one of this machine was left out, as npm does under an old Node; those of another machine are not missed', async () => {
    const { platform: os, arch: cpu } = process;
    const optional = { version: '2.0.0', optional: true };
    install2({
      'node_modules/other': { ...optional, os: ['plan9'], cpu: [cpu] },
      'node_modules/of-other': optional,
    });
    await exitOf(start([...BOOTSTRAP, 'notes', '0'], npmEnv()));
    expect(npmRuns()).toBe('');
    install2({ 'node_modules/own': { ...optional, os: [os], cpu: [cpu] } });
    expect(await exitOf(start([...BOOTSTRAP, 'notes', '0'], npmEnv()))).toBe(0);
    expect(npmRuns()).toMatch(/^ci [^\n]*\n$/);
  });

  test('are installed once when two start at the same time', async () => {
    rmSync(join(project, 'node_modules', '.package-lock.json'));
    const both = [start([...BOOTSTRAP, 'notes', '0'], npmEnv()), start([...BOOTSTRAP, 'notes', '0'], npmEnv())];
    expect(await Promise.all(both.map(exitOf))).toEqual([0, 0]);
    expect(npmRuns()).toMatch(/^ci [^\n]*\n$/);
  });

  test('are installed whole, whatever NODE_ENV, NODE_OPTIONS and npm settings say; where from stays the user’s', async () => {
    rmSync(join(project, 'node_modules', '.package-lock.json'));
    mkdirSync(join(project, 'node_modules', '.bin'), { recursive: true });
    writeFileSync(join(project, 'node_modules', '.bin', 'node'), '#!/bin/sh\nexit 127\n');
    writeFileSync(
      join(project, 'npm-cli.cjs'),
      `require('node:fs').writeFileSync(${JSON.stringify(join(project, 'npm-env.json'))}, JSON.stringify(process.env));${NPM}`,
    );
    const settings = {
      NODE_ENV: 'production',
      NODE_OPTIONS: '--no-warnings',
      NPM_CONFIG_OMIT: 'dev',
      npm_config_production: 'true',
      'npm_config_dry-run': 'true',
      npm_config_prefix: '/nonexistent',
      npm_config_registry: 'http://127.0.0.1:1/',
    };
    expect(await exitOf(start([...BOOTSTRAP, 'notes', '0'], { ...npmEnv(), ...settings }))).toBe(0);
    const told = JSON.parse(readFileSync(join(project, 'npm-env.json'), 'utf8')) as Record<string, string>;
    const kept = Object.keys(told).filter((name) => name in settings && name !== 'NODE_OPTIONS');
    expect(kept).toEqual(['npm_config_registry']);
    // Under an old Node the bootstrap sets an option of its own there.
    expect(told.NODE_OPTIONS ?? '').not.toContain('--no-warnings');
    expect(npmRuns()).toMatch(/^ci .*--include=dev .*--ignore-scripts .*--no-dry-run/);
    expect(existsSync(join(project, 'node_modules', '.bin', 'node'))).toBe(false);
  });

  test('that cannot be installed end it with 3 and the command to try', async () => {
    rmSync(join(project, 'node_modules', '.package-lock.json'));
    writeFileSync(join(project, 'npm-cli.cjs'), 'process.exit(1)');
    const child = start([...BOOTSTRAP, 'notes', '0'], npmEnv());
    let said = '';
    child.stderr?.on('data', (part) => {
      said += part;
    });
    expect(await exitOf(child)).toBe(3);
    expect(said).toContain('npm ci');
    expect(notes()).toEqual([]);
  });

  /** b is in the lock file and, being for another kind of machine, not in node_modules. */
  function install2(packages: Readonly<Record<string, Readonly<Record<string, unknown>>>>): void {
    const there = Object.fromEntries(Object.entries(packages).filter(([, entry]) => entry.optional !== true));
    writeFileSync(join(project, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...packages } }));
    writeFileSync(join(project, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: there }));
  }
});
