/** User name and password of an address, with its password alone or with both. */
const USER_INFO = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@"]*(?:@[^\s/?#@"]*)*@/gi;
/** The same where the password holds what it should not (/, # or ?): wrong, and typed all the same. A number before the first of them is a port. */
const WRONG_USER_INFO = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@":]*:(?!\d{1,5}[/?#])[^\s@"]*@/gi;
/** The same without http:// in front, as proxies are often named. An image's tag and digest look alike. */
const BARE_USER_INFO = /(?<![\w.:/@-])[\w.%+-]+:[^\s/@"']+@(?!sha\d)(?=[\w[])/g;
/** Parameters that hold a secret, by the names that registries, proxies and clouds give them. */
const PARAMETER =
  /([?&](?:[\w.-]*(?:token|secret|password|passwd|signature|credential|(?:api|access|private|subscription)[_-]?key)|sig|pass|pwd|auth|key|jwt|code)=)[^&\s#'"]+/gi;
const HEADER = /\b(bearer|basic)\s+[A-Za-z0-9+/._~=-]{6,}/gi;

/** A text that is printed or stored, without what is nobody's business: passwords and tokens of addresses, and headers. Pure. */
export function withoutSecrets(text: string): string {
  return text
    .replaceAll(USER_INFO, '$1***@')
    .replaceAll(WRONG_USER_INFO, '$1***@')
    .replaceAll(BARE_USER_INFO, '***@')
    .replaceAll(PARAMETER, '$1***')
    .replaceAll(HEADER, '$1 ***');
}

/** Does that address hold a secret? */
export function holdsSecret(address: string): boolean {
  return withoutSecrets(address) !== address;
}

/** From now on that stream prints no secret, whoever writes to it: what a message quotes of a tool or an address may hold one. */
export function guardStream(stream: NodeJS.WritableStream): void {
  const write = stream.write.bind(stream) as (chunk: unknown, ...rest: unknown[]) => boolean;
  stream.write = (chunk: unknown, ...rest: unknown[]) =>
    write(typeof chunk === 'string' ? withoutSecrets(chunk) : chunk, ...rest);
}
