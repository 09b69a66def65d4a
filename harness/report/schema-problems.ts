import type { z } from 'zod';

/** The first few problems of a file that does not fit its schema, with the place of each. */
export function formatSchemaProblems(error: z.ZodError): string {
  const problems = error.issues.slice(0, 3).map((issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`);
  const more = error.issues.length > 3 ? ` (and ${error.issues.length - 3} more)` : '';
  return problems.join('; ') + more;
}
