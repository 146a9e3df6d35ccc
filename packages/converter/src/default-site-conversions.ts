import type { Float32Parameter, Registry } from '@rheobase/network';
import { float32Parameter, registry } from '@rheobase/network';
import type { Refusal, Site, SiteConversion } from './site-conversion.js';
import { isRefusal, leakySlope, ownThreshold, recordedThreshold } from './site-conversion.js';

type Threshold = (site: Site) => Float32Parameter | Refusal;

function nonNegative(activation: string, threshold: Threshold): SiteConversion {
  return {
    activation,
    meaning: (site) => {
      const theta = threshold(site);
      return isRefusal(theta) ? theta : { threshold: theta, range: 'non-negative' };
    },
  };
}

function leaky(activation: string, threshold: Threshold): SiteConversion {
  return {
    activation,
    meaning: (site) => {
      const theta = threshold(site);
      if (isRefusal(theta)) return theta;
      const slope = leakySlope(site);
      return isRefusal(slope) ? slope : { threshold: theta, range: 'signed', ...slope };
    },
  };
}

/** ReLU6 is a clip at 6; a recorded threshold can only lower it. */
function atMostSix(site: Site): Float32Parameter | Refusal {
  if (site.recorded === undefined) return float32Parameter('threshold', [], [6]);
  const { recorded } = site;
  return recordedThreshold({
    ...site,
    recorded: typeof recorded === 'number' ? Math.min(recorded, 6) : recorded.map((theta) => Math.min(theta, 6)),
  });
}

const conversions: readonly SiteConversion[] = [
  nonNegative('relu', recordedThreshold),
  nonNegative('relu6', atMostSix),
  nonNegative('clip', ownThreshold),
  nonNegative('quant-clip', ownThreshold),
  nonNegative('qcfs', ownThreshold),
  leaky('leaky-relu', recordedThreshold),
  leaky('leaky-quant-clip', ownThreshold),
];

/**
 * The activations that can be converted. `relu` and `leaky-relu` need a recorded threshold, `relu6` uses one if it is below 6, the others use the
 * absolute value of their own.
 */
export const defaultSiteConversions: Registry<SiteConversion> = registry(
  'site conversion',
  conversions.map((conversion) => [conversion.activation, conversion]),
);
