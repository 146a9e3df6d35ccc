import type { SiteDefinition } from '@rheobase/network';
import { scalarParameter } from '@rheobase/network';

/**
 * Returns the activation for the site of that name. It is called once per site, so that every site owns its
 * parameters. The kinds are those of `@rheobase/activations`, or of whichever registry will run the network.
 */
export type ActivationFactory = (site: string) => SiteDefinition;

/** ReLU at every site: no parameters. */
export const reluSites: ActivationFactory = () => ({ kind: 'relu' });

/** min(max(z, 0), 6) at every site, the activation of MobileNetV2: no parameters. */
export const relu6Sites: ActivationFactory = () => ({ kind: 'relu6' });

/**
 * LeakyReLU at every site: z above zero, slope·z below; no parameters. The activation of YOLO.
 *
 * @param slope above 0 and below 1
 */
export function leakySites(slope = 0.1): ActivationFactory {
  if (!(slope > 0 && slope < 1))
    throw new RangeError(`The slope of a LeakyReLU must be a number between 0 and 1, not ${slope}.`);
  return () => ({ kind: 'leaky-relu', attributes: { slope } });
}

/**
 * The trainable clip of Wang et al. (arXiv 2205.07473) at every site: y = θ·clip(z/θ, 0, 1), one scalar θ a site.
 *
 * @param threshold what θ starts at; positive
 */
export function clipSites(threshold = 5): ActivationFactory {
  if (!(threshold > 0 && Number.isFinite(threshold))) {
    throw new RangeError(`The threshold of a clip must be a positive number, not ${threshold}.`);
  }
  return () => ({ kind: 'clip', parameters: { threshold: scalarParameter('threshold', threshold) } });
}
