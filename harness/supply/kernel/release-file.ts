/** What a suite's InRelease file says, as far as it is needed (https://wiki.debian.org/DebianRepository/Format). */
export interface ReleaseFile {
  /** sha256 in hex by path below the suite's directory. */
  readonly sha256ByPath: ReadonlyMap<string, string>;
  /** Until when it may be believed; `null` for suites that do not change any more. */
  readonly validUntil: Date | null;
}

/** Reads the text of an InRelease file: fields, and the list under `SHA256:`, one " hash size path" a line. Lines of its signature are not read. */
export function parseReleaseFile(text: string): ReleaseFile {
  const sha256ByPath = new Map<string, string>();
  let validUntil: Date | null = null;
  let inSha256 = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('-----BEGIN PGP SIGNATURE')) break;
    if (!line.startsWith(' ')) inSha256 = line.trimEnd() === 'SHA256:';
    const until = /^Valid-Until: (.+)$/.exec(line)?.[1];
    if (until !== undefined) validUntil = new Date(until);
    const entry = inSha256 ? /^ ([0-9a-f]{64}) +\d+ +(\S+)$/.exec(line) : null;
    if (entry?.[1] !== undefined && entry[2] !== undefined) sha256ByPath.set(entry[2], entry[1]);
  }
  return { sha256ByPath, validUntil };
}
