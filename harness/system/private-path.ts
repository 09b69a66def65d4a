import { findHome } from './home.ts';
import { PROJECT } from './project.ts';

/** A stored run tells nobody whose home it was taken in, nor where this program stands: `.` is its checkout, `~` the home. */
export function withoutPlaces(
  text: string,
  places: { project: string; home: string } = { project: PROJECT, home: findHome(process.env) ?? '' },
): string {
  // The checkout may lie in the home.
  return replacePath(replacePath(text, places.project, '.'), places.home, '~');
}

/** Where `path` stands as a whole path or the head of one, and not as the beginning of another name. */
function replacePath(text: string, path: string, by: string): string {
  if (path === '' || path === '/') return text;
  const literal = path.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return text.replaceAll(new RegExp(`(?<![\\w./-])${literal}(?=/|$|[^\\w.-])`, 'g'), by);
}
