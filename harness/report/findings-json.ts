import { InvalidRunError } from '../errors.ts';
import { type FindingsFile, findingsFileSchema } from '../model/study.ts';
import { formatSchemaProblems } from './schema-problems.ts';

/** Findings and what studies say → `findings.json`. The same findings give the same bytes. */
export function findingsJson(findings: FindingsFile): string {
  return `${JSON.stringify(findings, null, 1)}\n`;
}

/** `findings.json` → findings. `path` names the file in the error. */
export function parseFindingsJson(text: string, path: string): FindingsFile {
  const parsed = findingsFileSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new InvalidRunError(
    `${path} is not a findings file of this version: ${formatSchemaProblems(parsed.error)}`,
    'make it again from the raw trials of its run with npm run report',
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
