import { type Flag, isSwitch, type Setting } from '../model/setting.ts';

/** Without the backticks of code, for a terminal and for editors. */
export function plain(text: string): string {
  return text.replaceAll('`', '');
}

/** "testbeds `kind` and `cluster`: …" */
export function describeFlag({ place, help }: Flag): string {
  if (place === undefined) return help;
  const names = place.testbeds.map((testbed) => `\`${testbed}\``);
  return `testbed${names.length > 1 ? 's' : ''} ${names.join(', ').replace(/, ([^,]*)$/, ' and $1')}: ${help}`;
}

export function describeSetting(setting: Setting): string {
  return [describeFlag(setting), setting.more].filter((part) => part !== undefined).join('; ');
}

/** The default as it would be typed behind the flag; `null`: none, or a switch that is not given. */
export function typedDefault({ fallback, otherwise, ...flag }: Flag & Pick<Setting, 'fallback'>): string | null {
  if (otherwise !== undefined) return otherwise;
  if (fallback === undefined || isSwitch(flag)) return null;
  // A list's items behind commas, and the two ends of a range.
  const separator = Array.isArray(fallback) ? ',' : '-';
  const typed = typeof fallback === 'object' ? Object.values(fallback ?? {}).join(separator) : String(fallback);
  return typed === '' ? null : typed;
}
