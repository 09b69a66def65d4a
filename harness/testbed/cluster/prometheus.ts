import { z } from 'zod';
import type { FetchProxyPage } from '../../dataplane/kube-proxy/found.ts';
import { EnvironmentError } from '../../errors.ts';
import { withoutSecrets } from '../../system/secrets.ts';

/** GET /api/v1/query of Prometheus (HTTP API, instant vector). */
const answerSchema = z.looseObject({
  status: z.literal('success'),
  data: z.looseObject({
    result: z.array(
      z.looseObject({
        metric: z.record(z.string(), z.string()),
        value: z.tuple([z.number(), z.string()]),
      }),
    ),
  }),
});
type Samples = z.infer<typeof answerSchema>['data']['result'];

const QUERY = '{__name__=~"kubeproxy_sync_proxy_rules_.*|kubernetes_build_info"';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * kube-proxy's metrics of one node as a Prometheus has them, in the text format that kube-proxy itself would give: old by up to one scrape interval, which
 * the settle gate waits for. Its other pages are not in there. `variables` hold what the server wants to know of its user: see `authorization`.
 */
export function prometheusPages(
  baseUrl: string,
  nodeAddress: string,
  variables: Variables = process.env,
): FetchProxyPage {
  return async (path, signal) => {
    if (path !== '/metrics') throw new Error(`a Prometheus has no page ${path}`);
    const url = queryUrl(baseUrl);
    url.searchParams.set('query', `${QUERY},instance=~"${escapeLabel(nodeAddress)}(:[0-9]+)?"}`);
    const samples = await query(url, { signal, headers: authorization(variables) });
    if (samples.length === 0)
      throw new EnvironmentError(
        `the Prometheus at ${nameOf(url)} has no kube-proxy metrics of ${nodeAddress}`,
        'scrape kube-proxy (port 10249 of the nodes) with "instance" as address:port',
      );
    return `${samples.map(formatSample).join('\n')}\n`;
  };
}

/** The base's own path and parameters stay: https://host/prometheus, https://host/api/prom?tenant=x. A base copied from the browser may end in a page of it. */
export function queryUrl(baseUrl: string): URL {
  const url = new URL(baseUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, '').replace(/\/(api\/v1(\/query)?|graph|query)$/, '')}/api/v1/query`;
  url.hash = '';
  return url;
}

/** A token, or a user name and password, by environment variables alone: a scenario is stored and shown. */
function authorization(variables: Variables): Record<string, string> {
  const { BENCH_PROMETHEUS_USER: user } = variables;
  // Some paste the whole header's value, and a file's last line feed comes along.
  const token = variables.BENCH_PROMETHEUS_TOKEN?.trim().replace(/^bearer\s+/i, '');
  if (token) return { authorization: `Bearer ${requireSendable(token)}` };
  if (!user) return {};
  const pair = Buffer.from(`${user}:${variables.BENCH_PROMETHEUS_PASSWORD ?? ''}`).toString('base64');
  return { authorization: `Basic ${pair}` };
}

/** RFC 9110, 5.5: what fetch refuses otherwise in words that hold the token. */
function requireSendable(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new EnvironmentError(
    'BENCH_PROMETHEUS_TOKEN cannot be sent: it has a space, a line feed or a character in it that no token has',
    'set it to the token alone: export BENCH_PROMETHEUS_TOKEN="$(tr -d \'[:space:]\' <token-file)"',
  );
}

function escapeLabel(text: string): string {
  return text.replaceAll('.', '\\\\.');
}

interface Asking {
  readonly signal: AbortSignal;
  readonly headers: Readonly<Record<string, string>>;
}

async function query(url: URL, { signal, headers }: Asking): Promise<Samples> {
  let response: Response;
  let body: string;
  try {
    response = await fetch(url, { headers, signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]) });
    body = await response.text();
  } catch (error) {
    signal.throwIfAborted();
    throw refusal(url, `does not answer: ${describe(error)}`, 'check kubernetes.prometheus of the scenario', error);
  }
  // A server, or what is in front of it, may show what it was sent.
  const sent = headers.authorization?.split(' ')[1];
  const shown = firstLine(sent === undefined ? body : body.replaceAll(sent, '***'));
  requireGood(url, response, shown);
  return parseAnswer(url, response, { body, shown });
}

/** fetch hides the reason in its cause. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

const SIGN_IN =
  'set BENCH_PROMETHEUS_TOKEN, or BENCH_PROMETHEUS_USER and BENCH_PROMETHEUS_PASSWORD, in the environment: they are sent and never stored';

function requireGood(url: URL, response: Response, shown: string): void {
  if (response.ok) return;
  const { status, statusText } = response;
  const why = `answers ${status} ${statusText}: ${shown}`;
  if (status === 401 || status === 403) throw refusal(url, why, SIGN_IN);
  if (status === 404)
    throw refusal(
      url,
      why,
      `is the path right? it was asked for ${url.pathname}; kubernetes.prometheus is the base of it`,
    );
  throw refusal(url, why, 'check kubernetes.prometheus of the scenario, and the server');
}

function parseAnswer(url: URL, response: Response, { body, shown }: { body: string; shown: string }): Samples {
  const type = response.headers.get('content-type') ?? 'no content type';
  try {
    return answerSchema.parse(JSON.parse(body)).data.result;
  } catch (error) {
    const redirected = response.redirected ? `, after it was sent on to ${nameOf(new URL(response.url))}` : '';
    const remedy = /html/i.test(type)
      ? `is there a sign-in page in front of it? ${SIGN_IN}`
      : 'check kubernetes.prometheus of the scenario';
    throw refusal(url, `answers with ${type} that is no answer of a Prometheus${redirected}: ${shown}`, remedy, error);
  }
}

function refusal(url: URL, why: string, remedy: string, cause?: unknown): EnvironmentError {
  return new EnvironmentError(withoutSecrets(`the Prometheus at ${nameOf(url)} ${why}`), remedy, { cause });
}

/** The address as a person gave it, less what nobody should read. */
function nameOf(url: URL): string {
  return `${url.origin}${url.pathname.replace(/\/api\/v1\/query$/, '')}`;
}

function firstLine(body: string): string {
  const line = body.trim().split('\n')[0]?.trim().slice(0, 120) ?? '';
  return line === '' ? 'nothing' : line;
}

function formatSample({ metric, value }: Samples[number]): string {
  const { __name__: name = '', ...labels } = metric;
  const text = Object.entries(labels).map(([key, label]) => `${key}=${JSON.stringify(label)}`);
  return `${name}{${text.join(',')}} ${value[1]}`;
}
