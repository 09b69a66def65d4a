import { expect, test } from 'vitest';
import { programVariables, toolVariables } from './laboratory-variables.ts';

const STRANGE = {
  PATH: '/home/jo/bin:.:relative/bin::/usr/bin',
  HOME: '/home/jo',
  TMPDIR: '/var/tmp',
  TZ: 'Europe/Berlin',
  LANG: 'de_DE.UTF-8',
  LC_ALL: 'de_DE.UTF-8',
  LANGUAGE: 'de',
  HTTP_PROXY: 'http://192.0.2.1:3128',
  https_proxy: 'http://192.0.2.1:3128',
  ALL_PROXY: 'socks5://192.0.2.1:1080',
  NO_PROXY: 'localhost',
  NODE_USE_ENV_PROXY: '1',
  NODE_OPTIONS: '--require /x.js',
  NODE_ENV: 'production',
  LD_PRELOAD: '/x.so',
  LD_LIBRARY_PATH: '/x',
  GODEBUG: 'http2debug=1',
  GOMAXPROCS: '1',
  GOGC: '1',
  XTABLES_LIBDIR: '/x',
  XTABLES_LOCKFILE: '/x',
  IPTABLES_LIB_DIR: '/x',
  KUBECONFIG: '/x',
  KUBERNETES_SERVICE_HOST: '192.0.2.2',
  SSL_CERT_FILE: '/x',
  NGINX: '3;',
  BASH_ENV: '/x',
  ENV: '/x',
  SUDO_UID: '1000',
  GIT_CONFIG_COUNT: '0',
  GIT_DIR: '/x',
  TERM: 'xterm',
  NODE_COMPILE_CACHE: '/tmp/compiled',
  BENCH_PATIENCE: '10',
};

test('a tool of the laboratory gets a list of our own, whatever the caller has', () => {
  expect(toolVariables(STRANGE)).toEqual({
    PATH: '/home/jo/bin:/usr/bin:/usr/local/sbin:/usr/sbin:/sbin',
    HOME: '/home/jo',
    TMPDIR: '/var/tmp',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
  });
});

test("the program's own halves get its own variables, the terminal's and git's besides", () => {
  const { TERM, NODE_COMPILE_CACHE, BENCH_PATIENCE, SUDO_UID, GIT_CONFIG_COUNT } = STRANGE;
  const own = { TERM, NODE_COMPILE_CACHE, BENCH_PATIENCE, SUDO_UID, GIT_CONFIG_COUNT };
  expect(programVariables(STRANGE)).toEqual({ ...toolVariables(STRANGE), ...own });
});

test('a caller with nothing, or with places that are none, gets places that are there', () => {
  const usual = { HOME: '/', TMPDIR: '/tmp', LANG: 'C.UTF-8', TZ: 'UTC' };
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  expect(toolVariables({})).toEqual({ ...usual, PATH: path });
  expect(toolVariables({ PATH: '', HOME: 'home', TMPDIR: '' })).toEqual({ ...usual, PATH: path });
});
