import { InvalidRunError } from '../errors.ts';
import { type Findings, findingsSchema } from '../model/findings.ts';
import { formatSchemaProblems } from './schema-problems.ts';

/** Findings → `findings.json`. The same findings give the same bytes. */
export function findingsJson(findings: Findings): string {
  return `${JSON.stringify(findings, null, 1)}\n`;
}

/** `findings.json` → findings. `path` names the file in the error. */
export function parseFindingsJson(text: string, path: string): Findings {
  const parsed = findingsSchema.safeParse(parseJson(text));
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
