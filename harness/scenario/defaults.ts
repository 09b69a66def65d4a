/**
 * What a scenario has when its file says nothing, in the words of the file. The one place for defaults: the file's schema, the JSON Schema
 * for editors and `--help` take them from here. `services` and `modes` have none: a scenario that does not say them says nothing.
 */
export const DEFAULTS = {
  description: '',
  testbed: 'auto',
  endpoints: 10,
  backends: 'distinct',
  targets: 10,
  ifUnsupported: 'refuse',
  /** 1.36 is the newest minor release that runs all three modes without a feature gate (ipvs goes behind one in 1.37, KEP-5495). */
  proxy: { version: '1.36.3', serverProxy: false },
  load: {
    engine: 'open-loop',
    rate: '1000/s',
    arrivals: 'uniform',
    keepalive: ['none', 100],
    warmUp: '500ms',
    idle: '1s',
    duration: '6s',
    requestTimeout: '5s',
    clients: 1,
  },
  measure: { wire: true, probes: true },
  stop: { rounds: { min: 5, max: 30 }, budget: '15m', confidence: '95%', width: '20us' },
  /** The study's own words for "does not matter" (S1, S6) as numbers. */
  margins: { rtt: '50us', rttShare: '5%', handshake: '5us', cpu: '5%' },
  /** Official images, in the newest stable line of each. */
  kubernetes: { nginxImage: 'nginx:1.28', clientImage: 'node:24-slim' },
  seed: 1,
} as const;
