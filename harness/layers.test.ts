import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { FLOORS } from './testing/floors.ts';

const ROOT = import.meta.dirname;

function floorOf(place: string): number {
  return FLOORS.findIndex((floor) => floor.includes(place));
}

function placeOf(path: string): string {
  return relative(ROOT, path).split('/')[0] ?? '';
}

function sourceFiles(): readonly string[] {
  return readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.ts$/.test(path) && !/\.(test|fixture)\.ts$|(^|\/)testing\//.test(path))
    .map((path) => join(ROOT, path));
}

function importsOf(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map((match) => resolve(dirname(file), match[1] ?? ''));
}

test('every folder of harness/ has a floor', () => {
  const places = new Set(sourceFiles().map(placeOf));
  expect([...places].filter((place) => floorOf(place) < 0 && !place.endsWith('.test.ts'))).toEqual([]);
});

test('imports go down, and nowhere else', () => {
  const wrong = sourceFiles().flatMap((file) =>
    importsOf(file)
      .filter((target) => placeOf(target) !== placeOf(file))
      .filter((target) => floorOf(placeOf(target)) >= floorOf(placeOf(file)))
      .map((target) => `${relative(ROOT, file)} → ${relative(ROOT, target)}`),
  );
  expect(wrong).toEqual([]);
});

test('analysis, studies and report touch nothing outside but the script of the page: no files, processes, clock or chance', () => {
  const pure = sourceFiles().filter((file) =>
    ['analysis', 'experiment', 'studies', 'report', 'plan', 'model'].includes(placeOf(file)),
  );
  const touching = pure.filter((file) =>
    /from 'node:(fs|child_process|net|http)[/']|Date\.now\(|new Date\(\)|Math\.random\(|performance\.now\(/.test(
      readFileSync(file, 'utf8'),
    ),
  );
  // The page's own script is a file beside its source, read once at load.
  expect(touching.map((file) => relative(ROOT, file))).toEqual(['report/page/document.ts']);
});

test('no two files import each other in a circle', () => {
  const graph = new Map(sourceFiles().map((file) => [file, importsOf(file)]));
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (file: string, path: readonly string[]): void => {
    if (path.includes(file))
      circles.push([...path.slice(path.indexOf(file)), file].map((one) => relative(ROOT, one)).join(' → '));
    if (path.includes(file) || done.has(file)) return;
    for (const next of graph.get(file) ?? []) walk(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) walk(file, []);
  expect(circles).toEqual([]);
});
