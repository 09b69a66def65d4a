/** Words behind flags → values as a scenario file has them. What is no such value stays text, and the file's schema refuses it in its own words. */

export const text = (word: string): unknown => word;

export const wholeNumber = (word: string): unknown => (/^[0-9]+$/.test(word) ? Number(word) : word);

/** "a,b" */
export const listOf =
  (read: (word: string) => unknown) =>
  (words: string): unknown =>
    words.split(',').map((word) => read(word.trim()));

/** "pool=a,zone=b" → {pool: 'a', zone: 'b'} */
export function labels(words: string): unknown {
  const pairs = words.split(',').map((word) => /^([^=]+)=(.*)$/.exec(word.trim()));
  return pairs.includes(null) ? words : Object.fromEntries(pairs.map((pair) => [pair?.[1], pair?.[2]]));
}
