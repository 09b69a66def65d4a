import type { Estimate, Findings } from './findings.ts';
import type { Quantity } from './quantity.ts';

/** Where an estimate is looked for; its quantity says of which experiment. */
export interface EstimatePlace {
  readonly sizeServices: number;
  readonly modeId: string;
  readonly spec: string;
}

function isAtPlace(one: EstimatePlace, { sizeServices, modeId, spec }: EstimatePlace): boolean {
  return one.sizeServices === sizeServices && one.modeId === modeId && one.spec === spec;
}

export function findEstimate(
  { estimates }: Pick<Findings, 'estimates'>,
  place: EstimatePlace,
  quantity: string,
): Estimate | undefined {
  return estimates.find((one) => one.quantity === quantity && isAtPlace(one, place));
}

/** One quantity in all cells that have it. */
export function estimatesOf({ estimates }: Pick<Findings, 'estimates'>, quantity: string): Estimate[] {
  return estimates.filter((one) => one.quantity === quantity);
}

/** The specs of one experiment, in the order of a report. */
export function specsOf({ specs }: Pick<Findings, 'specs'>, experiment: string): string[] {
  return specs.filter((one) => one.experiment === experiment).map(({ spec }) => spec);
}

/** The record of a quantity that findings name; throws where they hold none, which is a fault of whoever wrote them. */
export function quantityOf({ quantities }: { readonly quantities: readonly Quantity[] }, id: string): Quantity {
  const found = quantities.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no quantity "${id}" in the list`);
  return found;
}

/** What a distribution is called: by the quantities that are statistics of it. */
export function distributionName({ quantities }: Pick<Findings, 'quantities'>, id: string): string {
  return quantities.find(({ distribution }) => distribution?.id === id)?.distribution?.name ?? id;
}
