import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendError } from '../answer.ts';
import { parseApiRequest } from '../api-request.ts';
import type { Handler } from '../handler.ts';
import { StatusError } from '../status-error.ts';
import { describeForFaults, type Fault, type FaultPlan } from './fault.ts';

/** Does to every request for objects what the plan says, and leaves those that it spares to the next handler. */
export function sufferFaults(plan: FaultPlan): Handler {
  return async ({ message, response, url }) => {
    const fault = plan(describeForFaults(parseApiRequest(message.method ?? 'GET', url, message.headers)));
    return fault !== null && (await suffer(fault, response)) === 'answered';
  };
}

/** Does what the fault says; `answered` when nothing is left to do for the request. */
async function suffer(fault: Fault, response: ServerResponse): Promise<'answered' | 'go-on'> {
  switch (fault.kind) {
    case 'delay':
      await sleep(fault.delayMs);
      return response.destroyed ? 'answered' : 'go-on';
    case 'disconnect':
      response.destroy();
      return 'answered';
    case 'drop-watch': {
      const timer = setTimeout(() => response.destroy(), fault.afterMs);
      response.once('close', () => clearTimeout(timer));
      return 'go-on';
    }
    case 'status': {
      const details = fault.retryAfterS === undefined ? {} : { retryAfterSeconds: fault.retryAfterS };
      const reason = FAULT_REASONS.get(fault.code) ?? 'InternalError';
      sendError(response, new StatusError(fault.code, reason, 'a fault that was asked for', details));
      return 'answered';
    }
  }
}

const FAULT_REASONS = new Map([
  [409, 'Conflict'],
  [410, 'Expired'],
  [429, 'TooManyRequests'],
  [503, 'ServiceUnavailable'],
  [504, 'Timeout'],
]);
