import type { Resource } from './resource.ts';

const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const LABEL_ALPHABETIC = /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

const LABEL_KEY =
  /^(?:(?=.{1,253}\/)[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** Why a name is none for that resource; `null` when it is one (k8s.io/apimachinery/pkg/util/validation). */
export function findNameProblem(resource: Resource, name: string): string | null {
  const text = JSON.stringify(name.slice(0, 100));
  switch (resource.names) {
    case 'label':
      return name.length <= 63 && LABEL.test(name)
        ? null
        : `Invalid value: ${text}: a lowercase RFC 1123 label is needed`;
    case 'label-alphabetic':
      return name.length <= 63 && LABEL_ALPHABETIC.test(name)
        ? null
        : `Invalid value: ${text}: a DNS-1035 label is needed (it starts with a letter)`;
    case 'subdomain':
      return name.length <= 253 && SUBDOMAIN.test(name)
        ? null
        : `Invalid value: ${text}: a lowercase RFC 1123 subdomain is needed`;
  }
}

/** What is wrong with an object's labels, in words; `null` when nothing is. */
export function findLabelProblem(labels: unknown): string | null {
  if (labels === undefined || labels === null) return null;
  if (typeof labels !== 'object' || Array.isArray(labels)) return 'Invalid value: a map of strings is needed';
  for (const [key, value] of Object.entries(labels)) {
    if (!LABEL_KEY.test(key)) return `Invalid value: ${JSON.stringify(key.slice(0, 100))}: not a qualified name`;
    if (typeof value !== 'string' || !LABEL_VALUE.test(value)) {
      return `Invalid value: ${JSON.stringify(String(value).slice(0, 100))}: not a label value`;
    }
  }
  return null;
}
