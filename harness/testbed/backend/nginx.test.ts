import { expect, test } from 'vitest';
import { nginxConfig } from './nginx.ts';

test('a backend has one worker, names itself, and closes a connection after 100 requests but on the unlimited path', () => {
  const text = nginxConfig({ name: 'backend-7', directory: '/x' });
  expect(text).toContain('worker_processes 1;');
  expect(text).toContain('add_header X-Backend backend-7;');
  expect(text.match(/^ {2}keepalive_requests 100;$/m)).not.toBeNull();
  expect(text).toContain('location /unlimited/ { keepalive_requests 1000000000; }');
});
