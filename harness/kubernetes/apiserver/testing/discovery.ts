import { apiVersionOf, RESOURCE_NAMES, RESOURCES, type Resource, type ServedVersion } from '../resource.ts';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/**
 * The version that clients get. kubectl compares it with its own; the build tag says that this is not Kubernetes' API server.
 */
const VERSION = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.0+embedded',
  gitCommit: '0000000000000000000000000000000000000000',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: 'go1.26',
  compiler: 'gc',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
};

/** The document at a path that is about the API and not about objects; `null` when there is none. Text is sent as text/plain. */
export function readDiscovery(path: string): object | string | null {
  switch (path) {
    case '/version':
      return VERSION;
    case '/healthz':
    case '/livez':
    case '/readyz':
      return 'ok';
    case '/api':
      return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
    case '/apis':
      return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups().map(describeGroup) };
    case '/openapi/v3':
      // No schemas: kubectl validates nothing then.
      return { paths: {} };
    default:
      return readGroup(path);
  }
}

function readGroup(path: string): object | null {
  const [, root, group = '', version] = path.split('/');
  if (path === '/api/v1') return describeVersion('', 'v1');
  if (root !== 'apis' || path.split('/').length > 4 || !groups().includes(group)) return null;
  if (version === undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...describeGroup(group) };
  return versionsOf(group).includes(version) ? describeVersion(group, version) : null;
}

function allServed(): { resource: Resource; served: ServedVersion }[] {
  return RESOURCE_NAMES.flatMap((name) =>
    RESOURCES[name].versions.map((served) => ({ resource: RESOURCES[name], served })),
  );
}

function groups(): string[] {
  return [...new Set(allServed().map(({ served }) => served.group))].filter((group) => group !== '');
}

function versionsOf(group: string): string[] {
  const versions = allServed().filter(({ served }) => served.group === group);
  return [...new Set(versions.map(({ served }) => served.version))];
}

function describeGroup(group: string): object {
  const versions = versionsOf(group).map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions, preferredVersion: versions[0] };
}

function describeVersion(group: string, version: string): object {
  const resources = allServed().filter(({ served }) => served.group === group && served.version === version);
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf({ group, version }),
    resources: resources.flatMap(({ resource }) => [describeResource(resource), describeStatus(resource)]),
  };
}

function describeResource(resource: Resource): object {
  return {
    name: resource.plural,
    singularName: resource.singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: VERBS,
    shortNames: resource.shortNames,
  };
}

function describeStatus(resource: Resource): object {
  return {
    name: `${resource.plural}/status`,
    singularName: '',
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: ['get', 'patch', 'update'],
  };
}
