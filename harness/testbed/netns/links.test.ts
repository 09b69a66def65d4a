import { expect, test } from 'vitest';
import { backendAddresses, MAX_MODES, nodeAddresses } from './addresses.ts';
import { nodeWiring, serverWiring, type Wiring } from './links.ts';

function addressesOf(wiring: Wiring): readonly string[] {
  return wiring.addresses.flatMap(({ line }) => /^addr add (\S+)\//.exec(line)?.[1] ?? []);
}

test('no two nodes share an address, whatever their number', () => {
  const all = Array.from({ length: MAX_MODES }, (_, index) =>
    addressesOf(nodeWiring(nodeAddresses(index), { serverProxy: true })),
  ).flat();
  expect(new Set(all).size).toBe(all.length);
  const server = addressesOf(serverWiring(backendAddresses(10))).filter((address) => address !== '10.244.0.1');
  expect(server.filter((address) => all.includes(address))).toEqual([]);
});

test('every link that reaches out of its namespaces is deleted by hand', () => {
  for (const serverProxy of [false, true]) {
    const wiring = nodeWiring(nodeAddresses(3), { serverProxy });
    const outside = wiring.addresses.filter(
      ({ namespace, line }) => !wiring.namespaces.includes(namespace ?? '') && line.startsWith('addr add'),
    );
    const devices = outside.map(({ line }) => / dev (\S+)$/.exec(line)?.[1]);
    expect(wiring.removals.map(({ line }) => line.replace('link delete ', '')).toSorted()).toEqual(devices.toSorted());
  }
});

test('the next size has clients of another address', () => {
  const clients = Array.from({ length: 250 }, (_, block) => nodeAddresses(0, block).clientAddress);
  expect(new Set(clients).size).toBe(250);
  expect(clients).not.toContain(nodeAddresses(0).podGateway);
});

test('there are no addresses beyond the last mode', () => {
  expect(() => nodeAddresses(MAX_MODES)).toThrow();
});
