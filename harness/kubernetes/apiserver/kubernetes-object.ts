/** What all Kubernetes objects have in common, as it comes over the wire: nothing is guaranteed before it was checked. */
export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: Date | string | null;
  labels?: Readonly<Record<string, string>>;
  annotations?: Readonly<Record<string, string>>;
}

/** Any object of the API. The classes of @kubernetes/client-node fit in. */
export interface KubernetesObject {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
}

/** An object whose fields beyond metadata are looked into. */
export type JsonObject = { [field: string]: unknown };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at "a.b.c", or undefined; inherited properties do not count. */
export function fieldAt(object: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, field) => (isJsonObject(value) && Object.hasOwn(value, field) ? value[field] : undefined),
      object,
    );
}
