/**
 * For tests, the first program inside a guest: gives signs of life through the wall while it runs the words of its arguments in the laboratory's namespaces (`control`, then the words).
 */
import { runInLaboratory } from '../../laboratory-process.ts';
import { startWallInside } from '../wall.ts';

const [control = '', ...words] = process.argv.slice(2);
using _wall = startWallInside(control, () => process.kill(process.pid, 'SIGINT'));
process.exitCode = await runInLaboratory(words);
