import { type Format, objectFormat, sendJson, sendList } from './answer.ts';
import { type ApiRequest, parseApiRequest } from './api-request.ts';
import { createObject } from './create-object.ts';
import type { Exchange, Handler } from './handler.ts';
import { readListPage } from './list-page.ts';
import { readObjectBody } from './request-body.ts';
import { TextStream } from './text-stream.ts';
import { planWatch, runWatch } from './watch.ts';

export interface ObjectRequestOptions {
  /** How often an idle watch is told the current resourceVersion. Default one minute, as Kubernetes has it. */
  readonly bookmarkIntervalMs?: number;
  /** Default: objects as themselves. */
  readonly formatOf?: (request: ApiRequest) => Format;
}

/** Answers all that kube-proxy asks: it reads, lists and watches objects, and creates Events. */
export function answerObjectRequests(options: ObjectRequestOptions = {}): Handler {
  const { bookmarkIntervalMs = 60_000, formatOf = objectFormat } = options;
  return async (exchange) => {
    const { store, message, response, url } = exchange;
    const request = parseApiRequest(message.method ?? 'GET', url, message.headers);
    switch (request.verb) {
      case 'get':
        sendJson(response, 200, formatOf(request).object(store.entry(request.resource.plural, request)));
        return true;
      case 'list':
        await sendList(response, formatOf(request), readListPage(store, request));
        return true;
      case 'watch':
        await watch(exchange, { request, render: formatOf(request).object, bookmarkIntervalMs });
        return true;
      case 'create': {
        const created = createObject(store, request, await readObjectBody(message));
        sendJson(response, 201, formatOf(request).object(created));
        return true;
      }
      default:
        return false;
    }
  };
}

async function watch(
  { store, response, stopping }: Exchange,
  asked: { readonly request: ApiRequest; readonly render: Format['object']; readonly bookmarkIntervalMs: number },
): Promise<void> {
  const { request, render, bookmarkIntervalMs } = asked;
  const plan = planWatch(store, request);
  const left = new AbortController();
  response.once('close', () => left.abort());
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  const signal = AbortSignal.any([left.signal, stopping]);
  await runWatch({ store, request, plan, render }, new TextStream(response), { signal, bookmarkIntervalMs });
  response.end();
}
