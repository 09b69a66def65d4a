import { join } from 'node:path';
import { isExecutable } from './find-tool.ts';
import { PROJECT } from './project.ts';
import { formatCommand } from './shell-words.ts';

/** Where sudo looks for programs, whatever the caller's PATH is (secure_path of Debian's, Ubuntu's and Fedora's sudoers). */
const ROOTS_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin', '/snap/bin'];

/** What to type to run this same command as root. A Node of nvm, volta or a home directory is not where sudo looks: then Node and script are named by their paths. */
export function asRoot(words: readonly string[] = ownWords(), hasProgram = isOnRootsPath): string {
  const [command = 'doctor', ...rest] = words;
  if (hasProgram('npm') && hasProgram('node'))
    return formatCommand(['sudo', 'npm', 'run', command, ...(rest.length === 0 ? [] : ['--', ...rest])]);
  return formatCommand(['sudo', process.execPath, join(PROJECT, 'harness/bootstrap.mjs'), command, ...rest]);
}

function isOnRootsPath(name: string): boolean {
  return ROOTS_PATH.some((directory) => isExecutable(join(directory, name)));
}

/** The words after this program's name. The commands that it starts itself with are nobody's to type. */
function ownWords(): readonly string[] {
  const [, script = '', ...words] = process.argv;
  const isTyped = script.endsWith('cli.ts') && words[0] !== 'guest' && words[0] !== 'laboratory';
  return isTyped ? words : ['doctor'];
}
