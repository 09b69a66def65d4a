import { delimiter, isAbsolute } from 'node:path';
import { ADMINISTRATORS } from './find-tool.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** Taken over from whoever types the command, because without them a program does not start: NixOS' loader of foreign programs (Node from npm) finds its libraries by them. */
const NEEDED_TO_START = ['NIX_LD', 'NIX_LD_LIBRARY_PATH'];

/** This program's own: what it compiled before, its patience in an emulated guest, and what the terminal that it draws on can show. */
const OWN = ['NODE_COMPILE_CACHE', 'BENCH_PATIENCE'];
const TERMINAL = ['TERM', 'COLORTERM', 'NO_COLOR', 'FORCE_COLOR', 'COLUMNS', 'LINES', 'CI'];

/** Variables that git reads: the harness in the laboratory asks it which commit the checkout is, and git takes a checkout of the user behind sudo for his own by SUDO_UID alone. */
const GIT = /^(SUDO_UID|XDG_CONFIG_HOME|GIT_(CONFIG|TEST)_?\w*)$/;

const USUAL_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/**
 * All variables that a program of the laboratory starts with: kube-proxy, nft, NGINX, tcpdump and their like. The caller's are for the caller's own
 * programs: a company's HTTP_PROXY sends kube-proxy's questions to the proxy, TZ moves the times in its log, LC_ALL translates what is read
 * here, LD_PRELOAD, GODEBUG, XTABLES_LIBDIR and NODE_OPTIONS change what is measured. Times of these programs are UTC.
 */
export function toolVariables(caller: Variables): Readonly<Record<string, string>> {
  return {
    PATH: toolPath(caller.PATH),
    HOME: absolute(caller.HOME) ?? '/',
    TMPDIR: absolute(caller.TMPDIR) ?? '/tmp',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    ...pick(caller, NEEDED_TO_START),
  };
}

/** The same for this program's own halves: the harness in the laboratory and its load clients. */
export function programVariables(caller: Variables): Readonly<Record<string, string>> {
  return { ...toolVariables(caller), ...pick(caller, [...OWN, ...TERMINAL]), ...gitVariables(caller) };
}

/** Variables that git may have. GIT_DIR and its like, which git sets for its hooks, name another repository than the one that is asked for. */
export function gitVariables(caller: Variables): Readonly<Record<string, string>> {
  return pick(
    caller,
    Object.keys(caller).filter((name) => GIT.test(name)),
  );
}

/** The way to what is fetched: proxies, mirrors, certificates. */
const WAY =
  /^((https?|all|no)_proxy|PIP_(INDEX_URL|EXTRA_INDEX_URL|TRUSTED_HOST|CERT|CLIENT_CERT|PROXY|FIND_LINKS|NO_INDEX|CONFIG_FILE|TIMEOUT|DEFAULT_TIMEOUT|RETRIES|CACHE_DIR)|SSL_CERT_(FILE|DIR)|(REQUESTS|CURL)_CA_BUNDLE|XDG_(CACHE|CONFIG)_HOME)$/i;

/** Variables that Python and pip may have besides a tool's own where they fetch something for a guest: where from, and not how (PYTHONHOME, PIP_USER, PIP_TARGET). */
export function fetchVariables(caller: Variables): Readonly<Record<string, string>> {
  const way = Object.keys(caller).filter((name) => WAY.test(name));
  // Stronger than what a pip.conf says of it.
  return { ...pick(caller, way), PIP_USER: '0' };
}

/** The caller's folders first; relative and empty parts, which mean whatever folder one is in, are left out. */
function toolPath(path: string | undefined): string {
  const folders = (path ?? '').split(delimiter).filter(isAbsolute);
  const whole = folders.length > 0 ? [...folders, ...ADMINISTRATORS] : USUAL_FOLDERS;
  return [...new Set(whole)].join(delimiter);
}

function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}

function pick(caller: Variables, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.flatMap((name) => (caller[name] === undefined ? [] : [[name, caller[name]]])));
}
