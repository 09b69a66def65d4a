/** Where a page is: a host and a port. */
export interface PageAddress {
  /** `null`: wherever the node listens, its loopback first. */
  readonly host: string | null;
  readonly port: number;
}

/** "10249", ":10249", "10.0.0.1:10249", "[::1]:10249" → address; `null` for what is none. */
export function parsePageAddress(text: string): PageAddress | null {
  const [, bracketed, plain, digits] = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]*)):)?([0-9]{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port < 1 || port > 65_535) return null;
  const host = bracketed ?? plain ?? '';
  return { host: host === '' ? null : host, port };
}
