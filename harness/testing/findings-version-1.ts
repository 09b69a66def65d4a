import type { FindingsFile } from '../model/study.ts';

/** Findings as schema version 1 wrote them, so that a study's stored numbers can be held against today's, field by field. */
export function asFindingsVersion1({ studies, ...findings }: FindingsFile): unknown {
  const kindOf = (kind: string) => (kind === 'documented-model' ? 'calico-model' : kind);
  return {
    ...findings,
    claims: studies.flatMap(({ claims }) => claims),
    rules: [...findings.rules, ...studies.flatMap(({ rules }) => rules)].map((series) => ({
      ...series,
      kind: kindOf(series.kind),
    })),
  };
}
