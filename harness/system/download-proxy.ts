type Variables = Readonly<Record<string, string | undefined>>;

/** The proxy that the environment names for an address. */
export interface DownloadProxy {
  /** What Node's agents take: only this proxy, spelled as they want it, and who is asked without it. Empty without one that can be used. */
  readonly variables: Readonly<Record<string, string>>;
  /** For a download that fails: what the proxy has to do with it, without its address, which may hold a password. `null` without one. */
  readonly remark: string | null;
}

/**
 * Node wants http:// or https:// in front, silently uses no proxy where something else stands there, and throws at what is no address. Everybody else (curl, pip, Go) takes
 * "proxy.example:3128", and all_proxy for both. A proxy that cannot be used is left out and reported: the direct way may be open.
 */
export function findDownloadProxy(url: string, env: Variables): DownloadProxy {
  const variable = url.startsWith('https:') ? 'https_proxy' : 'http_proxy';
  const names = [variable, variable.toUpperCase(), 'all_proxy', 'ALL_PROXY'];
  const name = names.find((one) => env[one]?.trim());
  if (name === undefined) return { variables: {}, remark: null };
  const address = withScheme(env[name]?.trim() ?? '');
  const fault = findFault(address);
  if (fault !== null) return { variables: {}, remark: `${name} was not used: ${fault}` };
  const except = env.no_proxy ?? env.NO_PROXY;
  return {
    variables: { [variable]: address, ...(except === undefined ? {} : { no_proxy: except }) },
    remark: `${name} names a proxy`,
  };
}

function withScheme(address: string): string {
  return address.includes('://') ? address : `http://${address}`;
}

function findFault(address: string): string | null {
  const scheme = address.slice(0, address.indexOf('://'));
  if (!/^https?$/i.test(scheme)) return `a proxy must be one of http:// or https://, and that is ${scheme}://`;
  try {
    const { username, password } = new URL(address);
    decodeURIComponent(username + password);
    return null;
  } catch {
    return 'it is no address such as http://proxy.example:3128 (in its password write / as %2F, # as %23, % as %25)';
  }
}
