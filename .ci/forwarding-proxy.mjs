// A company's proxy, for .ci/fresh: forwards HTTP requests and CONNECT tunnels from loopback. Word: the port.
import { createServer, request } from 'node:http';
import { connect } from 'node:net';

const server = createServer((incoming, answer) => {
  const onward = request(incoming.url, { method: incoming.method, headers: incoming.headers }, (theirs) => {
    answer.writeHead(theirs.statusCode, theirs.headers);
    theirs.pipe(answer);
  });
  onward.on('error', (error) => fail(answer, `${incoming.method} ${incoming.url}`, error));
  incoming.pipe(onward);
});

function fail(answer, what, error) {
  console.error(`${what}: ${error.message}`);
  answer.destroy();
}

/** Connecting is tried again: what fails for a moment upstream is not what is tested here. */
server.on('connect', ({ url }, client, head, attempt = 1) => {
  const [host, port] = url.split(':');
  const upstream = connect({ host, port: Number(port) }, () => {
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    upstream.write(head);
    upstream.pipe(client);
    client.pipe(upstream);
  });
  client.on('error', () => upstream.destroy());
  upstream.on('error', (error) => {
    console.error(`CONNECT ${url}, attempt ${attempt}: ${error.message}`);
    if (upstream.bytesRead === 0 && attempt < 5 && !client.destroyed)
      setTimeout(() => server.emit('connect', { url }, client, head, attempt + 1), 500 * attempt);
    else client.destroy();
  });
});
server.listen(Number(process.argv[2]), '127.0.0.1');
