import type { Reason } from '../model/reason.ts';
import type { Scenario } from '../model/scenario.ts';

type Asked = Pick<Scenario, 'backends' | 'endpointsPerService' | 'targets' | 'sizesServices'>;

/**
 * The load goes to real pods, and there are so many: what was built is told where more endpoints were asked for. With `backends: pods` each Service has as many of its own as were asked for. Pure.
 */
export function describeTargetEndpoints(
  { backends, endpointsPerService, targets, sizesServices }: Asked,
  pods: number,
): readonly Reason[] {
  if (backends === 'pods' || endpointsPerService <= pods) return [];
  const loaded = Math.min(targets, Math.max(...sizesServices));
  const whole = sizesServices.filter((size) => size <= targets);
  const others =
    whole.length === sizesServices.length
      ? ', and there are no others'
      : `; the others have ${endpointsPerService}${whole.length === 0 ? '' : `; at ${whole.join(', ')} Services there are no others`}`;
  return [
    {
      code: 'targets-have-fewer-endpoints',
      message: `${loaded === 1 ? 'the Service that the load goes to has' : `the ${loaded} Services that the load goes to have`} ${pods} endpoints${loaded === 1 ? '' : ' each'}, because there are ${pods} real pods${others}`,
      remedy: `ask for at most ${pods} endpoints to have the same number everywhere`,
    },
  ];
}
