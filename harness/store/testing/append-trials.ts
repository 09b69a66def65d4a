import { openJournal } from '../journal.ts';
import { makeSampleTrial } from './sample-run.ts';

/** Program for tests: appends trials to the journal in the directory given, says each one's number when it is on the disk, and never stops by itself. */
const [directory = '.'] = process.argv.slice(2);
const { journal } = await openJournal(directory);
try {
  for (let index = 0; ; index += 1) {
    await journal.append(makeSampleTrial(index));
    process.stdout.write(`${index}\n`);
  }
} catch (error) {
  process.stdout.write(`${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}\n`);
  process.exitCode = 3;
}
