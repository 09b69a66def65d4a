// Stands in front of every npm script: brings the Node packages up to the lock file, picks the Node that the program needs, and starts the program (or a
// developer's tool) under it. Plain JavaScript without dependencies, for Node 18 and later, because it runs before anything is installed.
//
//   node harness/bootstrap.mjs bench --scenario smoke     the program (harness/cli.ts) with these words
//   node harness/bootstrap.mjs --tool vitest run …        a tool of node_modules/.bin under the same Node
//
// The scripts of package.json name the Node that npm itself runs under (npm_node_execpath): `npm run` puts node_modules/.bin first on PATH, and after an
// `npm ci` of the user's own there is a Node in it that may not start on this machine.
//
// What it promises: the exit code of what it started comes back; Ctrl-C and SIGTERM reach it once; and when npm, this process or the program
// is killed (also by SIGKILL), nothing is left running. nohup, setsid and background jobs work.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { arch, constants as osConstants, platform } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MODULES = join(ROOT, 'node_modules');
const LOCK_FILE = join(ROOT, 'package-lock.json');
/** What npm itself writes last into node_modules: the packages that it really put there. */
const INSTALLED = join(MODULES, '.package-lock.json');
const STAMP = join(MODULES, '.bootstrap.json');
/** First Node that runs TypeScript files and `await using` as they are. */
const LEAST_NODE_MAJOR = 24;
const EXIT_ENVIRONMENT = 3;
const EXIT_INTERNAL = 70;
const EXIT_INTERRUPTED = 130;
/** How often the ancestors are looked at, and how long two copies of a signal (from the terminal, npm, a shell) count as one. */
const WATCH_MS = 300;
const SAME_SIGNAL_MS = 300;
/** The program promises to end within 5 s of Ctrl-C. */
const CTRL_C_GRACE_MS = 6000;

/**
 * Node takes back what nohup did: it gives every signal its default again, in npm too, which a hang-up therefore ends. The shell's
 * variable `_` shows nohup; then a hang-up that reaches this process means that npm's end does not matter.
 */
const UNDER_NOHUP = /(^|\/)nohup$/.test(process.env._ ?? '');

/**
 * Options of npm that overrule the user's own settings (omit=dev, ignore-scripts, global, dry-run …): the whole lock file, and no package's scripts, which
 * would run under a Node that may not start here. None of the packages needs one.
 */
const INSTALL_WORDS = [
  '--loglevel=error',
  '--include=dev',
  '--include=optional',
  '--ignore-scripts',
  '--package-lock',
  '--no-package-lock-only',
  '--no-dry-run',
  '--no-global',
  '--install-strategy=hoisted',
];

/** Variables of npm that say how to install. Where from (registry, certificates, proxies) stays the user's. */
const HOW_TO_INSTALL =
  /^npm_config_(omit|only|also|dev|optional|production|include|global|location|prefix|local_prefix|dry_run|ignore_scripts|package_lock(_only)?|install_(strategy|links)|global_style|legacy_bundling|legacy_peer_deps|strict_peer_deps|force|os|cpu|libc|workspaces?|engine_strict)$/i;

/**
 * Options in NODE_OPTIONS that say how the net is reached: they stay the user's. Any other may be of another version than the Node of the packages, which then
 * does not start (exit 9), or may change what it does.
 */
const ABOUT_THE_NET =
  /^--((use-(system|openssl|bundled)-ca|openssl-(legacy-provider|shared-config)|no-network-family-autoselection|tls-(min|max)-v1\.\d)|(openssl-config|tls-cipher-list|dns-result-order)=\S+)$/;

/** Node reads them itself before any program: one names a proxy that only downloads may use, and stops at an address that it cannot read; the other is for deployments. */
const NOT_THE_PROGRAMS = ['NODE_USE_ENV_PROXY', 'NODE_ENV', 'NODE_OPTIONS'];

class EnvironmentError extends Error {}

// ---- Node packages

/** Why node_modules must be installed again; `null` when it is what the lock file says. Reads two files when all is well. */
function staleness() {
  const lockText = readFileSync(LOCK_FILE, 'utf8');
  const lock = createHash('sha256').update(lockText).digest('hex');
  if (!existsSync(INSTALLED)) return existsSync(MODULES) ? 'node_modules is incomplete' : 'node_modules is missing';
  const installedMs = statSync(INSTALLED).mtimeMs;
  const stamp = readJson(STAMP);
  if (stamp?.lock === lock && stamp?.installedMs === installedMs) return null;
  const difference = firstDifference(JSON.parse(lockText).packages, readJson(INSTALLED)?.packages ?? {});
  if (difference !== null) return `node_modules does not match package-lock.json (${difference})`;
  writeStamp({ lock, installedMs, node: workingNode() });
  return null;
}

/** The first package that the lock file has and node_modules has not, or in another version. Optional ones are missing where they are not for this machine. */
function firstDifference(wanted, installed) {
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || entry.link) continue;
    const found = installed[path];
    if (found === undefined && (entry.optional || entry.devOptional) && !isForThisMachine(entry)) continue;
    if (found?.version !== entry.version || found?.integrity !== entry.integrity) return path;
  }
  return null;
}

/** Without the names of machines an optional package belongs to another one, which may not be here. */
function isForThisMachine({ os, cpu, libc }) {
  const names = (list, value) => list !== undefined && [list].flat().includes(value);
  return names(os, platform()) && names(cpu, arch()) && (libc === undefined || names(libc, libcOfThisNode()));
}

function libcOfThisNode() {
  return process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

function writeStamp(stamp) {
  try {
    writeFileSync(`${STAMP}.${process.pid}`, JSON.stringify(stamp));
    renameSync(`${STAMP}.${process.pid}`, STAMP);
  } catch {
    // A checkout that this user may not write to: the comparison is made again at every start.
  }
}

/** Installs under a lock that the kernel releases with its holder: a second start waits, looks again, and finds the work done. */
async function installPackages() {
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  const again = [process.execPath, fileURLToPath(import.meta.url), '--install'];
  const flock = findOnPath('flock');
  const command = flock === null ? again : [flock, '--no-fork', join(ROOT, '.cache', 'install.lock'), ...again];
  const code = await supervise(command);
  if (code === EXIT_INTERRUPTED) process.exit(code);
  const why = code === 0 ? staleness() : `npm ci ended with exit code ${code}`;
  if (why !== null)
    throw new EnvironmentError(
      `the Node packages cannot be installed: ${why}\ntry: npm ci --include=dev --include=optional --ignore-scripts`,
    );
}

/** The half that runs under the lock. */
async function installUnderLock() {
  const why = staleness();
  if (why === null) return 0;
  say(`${why}: installing the Node packages by the lock file (npm ci)`);
  const npm = process.env.npm_execpath;
  const command = npm !== undefined && /\bnpm[^/]*\.c?js$/.test(npm) ? [process.execPath, npm] : ['npm'];
  const code = await supervise([...command, 'ci', ...INSTALL_WORDS], {
    stdio: ['ignore', 2, 2],
    cwd: ROOT,
    env: installVariables(process.env),
  });
  // `npm run` puts node_modules/.bin first on PATH, and a Node in there may not start on this machine: which one is used, workingNode says.
  rmSync(join(MODULES, '.bin', 'node'), { force: true });
  return code;
}

function installVariables(env) {
  const kept = Object.fromEntries(
    Object.entries(programVariables(env)).filter(([name]) => !HOW_TO_INSTALL.test(name.replaceAll('-', '_'))),
  );
  if (Number(process.versions.node.split('.')[0]) >= LEAST_NODE_MAJOR) return kept;
  const newer = fileURLToPath(new URL('./install-for-node.cjs', import.meta.url));
  return {
    ...kept,
    NODE_OPTIONS: `${kept.NODE_OPTIONS ?? ''} --require ${JSON.stringify(newer)}`.trim(),
    BENCH_INSTALL_FOR_NODE: `v${LEAST_NODE_MAJOR}.0.0`,
  };
}

/** The user's variables, without those that decide how a Node starts. */
function programVariables(env) {
  const rest = Object.fromEntries(Object.entries(env).filter(([name]) => !NOT_THE_PROGRAMS.includes(name)));
  const options = (env.NODE_OPTIONS ?? '').split(/\s+/).filter((option) => ABOUT_THE_NET.test(option));
  return options.length === 0 ? rest : { ...rest, NODE_OPTIONS: options.join(' ') };
}

// ---- which Node

/** Node from the packages if it starts here (it does not on musl), this one if it is new enough; `null`. */
function workingNode() {
  const { NODE_OPTIONS: _notOurs, ...env } = process.env;
  // The second is older, and starts where a library of the first is missing (libatomic, on a minimal Debian).
  const packages = [`node-${platform()}-${arch()}`, `node-lts-${platform()}-${arch()}`];
  const nodes = packages.map((name) => join(MODULES, name, 'bin', 'node'));
  const starts = (node) => existsSync(node) && spawnSync(node, ['--version'], { stdio: 'ignore', env }).status === 0;
  return nodes.find(starts) ?? null;
}

function chooseNode() {
  const own = readJson(STAMP)?.node ?? workingNode();
  if (own !== null && existsSync(own)) return own;
  if (Number(process.versions.node.split('.')[0]) >= LEAST_NODE_MAJOR) return process.execPath;
  throw new EnvironmentError(
    `this Node is ${process.version}, the program needs Node ${LEAST_NODE_MAJOR} or later, and the package node-${platform()}-${arch()}` +
      ` that would bring it is not in node_modules\ntry: npm ci --include=dev --include=optional --ignore-scripts; or put a newer Node on PATH (https://nodejs.org)`,
  );
}

// ---- running something so that nothing survives

/** Runs a command with this terminal to its end; gives its exit code, 128 + number when a signal ended it (or what `onSignal` makes of that). */
async function supervise(command, options = {}) {
  const { stdio = 'inherit', cwd = undefined, env = programVariables(process.env), onSignal = signalCode } = options;
  const setpriv = findOnPath('setpriv');
  const [file, ...args] = setpriv === null ? command : [setpriv, '--pdeathsig', 'KILL', '--', ...command];
  // Without a terminal the child leads a process group of its own, so that a closing terminal elsewhere cannot hang it up. With one it stays in the
  // foreground group: the terminal then delivers Ctrl-C to it directly.
  const apart = !(process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY);
  const child = spawn(file, args, { stdio, cwd, env, detached: apart });
  const watch = watchAncestors(() => {
    kill(apart ? -child.pid : child.pid, 'SIGKILL');
    process.exit(128 + osConstants.signals.SIGKILL);
  });
  const stop = passSignals(child, apart, () => UNDER_NOHUP && clearInterval(watch));
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        if (signal !== null && apart) kill(-child.pid, 'SIGKILL');
        resolve(code ?? onSignal(signal));
      });
    });
  } finally {
    clearInterval(watch);
    stop();
  }
}

function signalCode(signal) {
  return 128 + osConstants.signals[signal];
}

/** The program says itself why it ends; killed, it cannot. Its exit codes are those of harness/errors.ts. */
function runProgram(command) {
  const killsBefore = readMemoryKills();
  const onSignal = (signal) => {
    if (['SIGINT', 'SIGTERM', 'SIGHUP'].includes(signal)) {
      say('interrupted');
      return EXIT_INTERRUPTED;
    }
    const forMemory = readMemoryKills() > killsBefore;
    const why = forMemory
      ? 'killed, probably for memory: this container or machine had none left'
      : `ended by ${signal}`;
    say(
      `\nerror: the program was ${why}\n  → ${forMemory ? 'give it more memory, or measure less at once' : 'see what did that'}; what a run had measured so far is kept, and --resume goes on from it`,
    );
    return EXIT_ENVIRONMENT;
  };
  return supervise(command, { onSignal });
}

/** Processes that the kernel has killed for memory in this control group (version 1, version 2), or on the machine. */
function readMemoryKills() {
  const groups = readText('/proc/self/cgroup');
  const own = (pattern) => pattern.exec(groups)?.[1] ?? '';
  const texts = [
    readText(`/sys/fs/cgroup/memory${own(/^\d+:[^:]*\bmemory\b[^:]*:(.*)$/m)}/memory.oom_control`),
    readText('/sys/fs/cgroup/memory/memory.oom_control'),
    readText(`/sys/fs/cgroup${own(/^0::(.*)$/m)}/memory.events`),
    readText('/sys/fs/cgroup/memory.events'),
    readText('/proc/vmstat'),
  ];
  return texts.reduce((sum, text) => sum + Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0), 0);
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Signals that come to this process go to the child. Ctrl-C of a shared terminal has reached it already, and a second one would mean "at once". */
function passSignals(child, apart, onHangUp) {
  const lastMs = new Map();
  const pass = (signal) => {
    const nowMs = performance.now();
    const repeated = nowMs - (lastMs.get(signal) ?? Number.NEGATIVE_INFINITY) < SAME_SIGNAL_MS;
    lastMs.set(signal, nowMs);
    if (repeated) return;
    if (signal === 'SIGHUP') onHangUp();
    if (signal === 'SIGHUP' && (apart || UNDER_NOHUP)) return;
    if (signal === 'SIGINT' && !apart && inForeground())
      setTimeout(() => kill(child.pid, signal), CTRL_C_GRACE_MS).unref();
    else kill(child.pid, signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
  for (const signal of signals) process.on(signal, pass);
  return () => {
    for (const signal of signals) process.off(signal, pass);
  };
}

function kill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

/** Is this process in the foreground group of its terminal? proc(5): fields 5 (pgrp) and 8 (tpgid). */
function inForeground() {
  const stat = readStat('self');
  return stat !== null && stat.terminalGroup > 0 && stat.terminalGroup === stat.group;
}

function readStat(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const [state, parent, group, , , terminalGroup] = fields;
    return {
      state,
      parent: Number(parent),
      group: Number(group),
      terminalGroup: Number(terminalGroup),
      started: fields[19],
    };
  } catch {
    return null;
  }
}

/**
 * Calls `onGone` when npm, or a shell between npm and here, has died: they cannot tell when SIGKILL ended them. Above npm nothing is watched, so
 * that a program in the background outlives the shell that started it.
 */
function watchAncestors(onGone) {
  const watched = process.env.npm_lifecycle_event === undefined ? [] : ancestorsUpToNpm();
  let goneLooks = 0;
  return setInterval(() => {
    if (watched.every(({ pid, started }) => isSame(pid, started))) return;
    goneLooks += 1;
    // Under nohup one look more: the hang-up that ended npm may still be on its way here.
    if (!UNDER_NOHUP || goneLooks > 1) onGone();
  }, WATCH_MS);
}

/** Empty where there is no /proc to look at. */
function ancestorsUpToNpm() {
  const chain = [];
  for (let pid = process.ppid; pid > 1 && chain.length < 4; ) {
    const stat = readStat(pid);
    if (stat === null) break;
    chain.push({ pid, started: stat.started });
    if (isNpm(pid)) return chain;
    pid = stat.parent;
  }
  return chain.slice(0, 1);
}

/** npm sets its title to "npm run bench". */
function isNpm(pid) {
  try {
    return /^(npm|yarn|pnpm)\b|npm-cli\.js/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
  } catch {
    return false;
  }
}

/** A number can be given to another process later: the start time tells them apart. A zombie is dead. */
function isSame(pid, started) {
  const stat = readStat(pid);
  return stat !== null && stat.state !== 'Z' && stat.started === started;
}

// ---- the way through

async function main(words) {
  if (words[0] === '--install') return installUnderLock();
  if (staleness() !== null) await installPackages();
  const node = chooseNode();
  if (words[0] !== '--tool') return runProgram([node, join(ROOT, 'harness', 'cli.ts'), ...words]);
  const [, tool, ...rest] = words;
  const program = join(MODULES, '.bin', tool ?? '');
  if (tool === undefined || !existsSync(program))
    throw new EnvironmentError(`there is no tool ${tool ?? ''} in node_modules/.bin`);
  if (tool === 'vitest') {
    const code = await supervise([node, join(ROOT, 'harness', 'commands', 'before-tests.ts')]);
    if (code !== 0) return code;
  }
  return supervise([node, program, ...rest]);
}

function findOnPath(name) {
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/bin'].filter(Boolean);
  return directories.map((directory) => join(directory, name)).find(isExecutable) ?? null;
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Words that cannot be written (a full disk behind 2>) change no exit code. */
process.stderr.on('error', () => {});

function say(text) {
  process.stderr.write(`${text}\n`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = explain(error);
}

/** Says what went wrong before the program could start. Exit 1 is a verdict and nothing else. */
function explain(error) {
  if (error instanceof EnvironmentError) {
    say(error.message);
    return EXIT_ENVIRONMENT;
  }
  if (['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'].includes(error?.code)) {
    say(`the Node packages go into the checkout, and ${error.path ?? ROOT} cannot be written (${error.code})`);
    say(
      'try: npm ci --include=dev --include=optional --ignore-scripts, as the owner of the checkout; or a copy of it that you may write to',
    );
    return EXIT_ENVIRONMENT;
  }
  say(`this is a fault of the program: ${error?.stack ?? error}`);
  return EXIT_INTERNAL;
}
