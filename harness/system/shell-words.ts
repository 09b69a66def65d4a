/** Words → a line that can be pasted into a shell. */
export function formatCommand(command: readonly string[]): string {
  return command.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}

/** Words of this program as a person types them: `npm run bench -- --scenario smoke`. */
export function npmCommand([command = 'bench', ...rest]: readonly string[]): string {
  return rest.length === 0 ? `npm run ${command}` : `npm run ${command} -- ${formatCommand(rest)}`;
}
