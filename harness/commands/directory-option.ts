import { resolve } from 'node:path';
import { UsageError } from '../errors.ts';

/** The directory that a flag names, as an absolute path. An empty word is a variable that was not set, and never the place where one happens to stand. */
export function parseDirectory(flag: string, word: string): string {
  if (word.trim() !== '') return resolve(word);
  throw new UsageError(`${flag} is empty`, `name a directory (. is the one that you are in), or leave ${flag} out`);
}
