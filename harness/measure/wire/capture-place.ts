import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Files of one capture, in a directory of their own that goes with it. Debian's and Ubuntu's AppArmor profile lets tcpdump write to `*.pcap` anywhere but in a home's hidden folders
 * (`audit deny @{HOME}/.*`, even for root), and takes away what else it is handed: so its messages are a file of that name too, and no pipe, which is a socket in Node.
 */
export class CapturePlace implements AsyncDisposable {
  readonly packetsPath: string;
  readonly messagesPath: string;
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.packetsPath = join(directory, 'syn.pcap');
    this.messagesPath = join(directory, 'messages.pcap');
  }

  /** In `directory`, or in /tmp when a part of that path is hidden, also behind a link: AppArmor goes by where a file really is. A home's `bin` is forbidden too. */
  static async make(directory: string): Promise<CapturePlace> {
    const parts = (await realpath(directory)).split('/');
    const isHidden = parts.some((part) => part.startsWith('.') || part === 'bin');
    return new CapturePlace(await mkdtemp(join(isHidden ? '/tmp' : directory, 'service-routing-capture-')));
  }

  /** Opens the file of messages for a child, and closes it here. */
  withMessages<T>(use: (descriptor: number) => T): T {
    const descriptor = openSync(this.messagesPath, 'a', 0o600);
    try {
      return use(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }

  messages(): Promise<string> {
    return readFile(this.messagesPath, 'utf8');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}
