import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type JournalLine, journalLineSchema } from '../model/run.ts';
import { explainDiskError, syncDirectory } from '../system/atomic-file.ts';
import { readLines } from './journal-lines.ts';

export const JOURNAL_FILE = 'trials.ndjson';
export const COMPRESSED_JOURNAL_FILE = 'trials.ndjson.gz';

/**
 * `trials.ndjson` of a running run: one line per trial or node, appended and on the disk (fdatasync) before `append` resolves. Lines are
 * written one after the other, also when `append` is called again before it resolved. A line that does not fit on the disk is taken
 * back whole, so that the file ends with a line at any time but during a write.
 */
export class Journal implements AsyncDisposable {
  readonly path: string;
  readonly #file: FileHandle;
  #sizeBytes: number;
  #last: Promise<void> = Promise.resolve();

  constructor(path: string, file: FileHandle, sizeBytes: number) {
    this.path = path;
    this.#file = file;
    this.#sizeBytes = sizeBytes;
  }

  /** Rejects with an EnvironmentError (exit 3) when the disk is full. */
  async append(line: JournalLine): Promise<void> {
    const text = `${JSON.stringify(journalLineSchema.parse(line))}\n`;
    const written = this.#last.then(() => this.#write(Buffer.from(text)));
    this.#last = written.catch(() => undefined);
    await written;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#file.appendFile(bytes);
      await this.#file.datasync();
      this.#sizeBytes += bytes.length;
    } catch (error) {
      await this.#file.truncate(this.#sizeBytes).catch(() => undefined);
      throw explainDiskError(error, this.path);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#file.close();
  }
}

export interface OpenedJournal {
  readonly journal: Journal;
  /** Bytes of a torn last line that were cut off; 0 when the file was whole. */
  readonly tornBytes: number;
}

/** Opens a run's journal for appending and makes it if there is none. A torn last line (a run that was killed while it wrote) is cut off. */
export async function openJournal(directory: string): Promise<OpenedJournal> {
  const path = join(directory, JOURNAL_FILE);
  try {
    const file = await open(path, 'a');
    await using closing = new AsyncDisposableStack();
    closing.defer(() => file.close());
    const bytes = await readFile(path);
    const { wholeBytes } = readLines(bytes, path);
    if (wholeBytes < bytes.length) {
      await file.truncate(wholeBytes);
      await file.datasync();
    }
    await syncDirectory(directory);
    // From here on the journal closes it.
    closing.move();
    return { journal: new Journal(path, file, wholeBytes), tornBytes: bytes.length - wholeBytes };
  } catch (error) {
    throw explainDiskError(error, path);
  }
}
