import type { ActivationNode, Float32Parameter, Network, Parameter } from '@rheobase/network';
import { float32Parameter, parameterOf } from '@rheobase/network';

/** Recorded θ of a site: one for the whole site, or one per channel. */
export type RecordedThreshold = number | Float32Array;

/** An activation site of the source network, with its parameters and recorded threshold. */
export interface Site {
  readonly node: ActivationNode;
  /** The parameters of its activation, by part, such as `threshold`. */
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** The threshold recorded for this site, if given. */
  readonly recorded?: RecordedThreshold;
}

/** Why something cannot be done, and what to do instead. */
export interface Refusal {
  readonly refused: string;
}

export function isRefusal<Value extends object>(value: Value | Refusal): value is Refusal {
  return 'refused' in value;
}

/** What an activation means for conversion: a clip at θ, with non-negative values or a leaky negative side. */
export type SiteMeaning = {
  /** θ > 0: a scalar, one per channel or one per neuron. */
  readonly threshold: Float32Parameter;
} & ({ readonly range: 'non-negative' } | { readonly range: 'signed'; readonly slope: number });

/** How sites with one kind of activation are converted. To support an activation, add one of these to a registry. */
export interface SiteConversion {
  /** The activation's registered name. */
  readonly activation: string;
  /** Reads θ and, if any, the slope from a site; or says why the site cannot be converted. */
  meaning(site: Site): SiteMeaning | Refusal;
}

/** The site of an activation node. */
export function siteOf(
  network: Network,
  node: ActivationNode,
  thresholds: ReadonlyMap<string, RecordedThreshold>,
): Site {
  const recorded = thresholds.get(node.name);
  return {
    node,
    parameters: Object.fromEntries(
      Object.entries(node.activation.parameters).map(([part, name]) => [part, parameterOf(network, name)]),
    ),
    ...(recorded !== undefined && { recorded }),
  };
}

/** The site's recorded threshold; refused if there is none above zero. */
export function recordedThreshold({ node, recorded }: Site): Float32Parameter | Refusal {
  if (recorded === undefined) {
    return {
      refused:
        `a '${node.activation.kind}' has no threshold, and none was recorded for it; ` +
        `pass one in thresholds under '${node.name}'`,
    };
  }
  const values = typeof recorded === 'number' ? [Math.fround(recorded)] : recorded;
  const at = values.findIndex((theta) => !(theta > 0) || !Number.isFinite(theta));
  if (at >= 0) {
    const which = typeof recorded === 'number' ? '' : ` of channel ${at}`;
    return {
      refused:
        `the threshold${which} recorded for it is ${typeof recorded === 'number' ? recorded : recorded[at]}, and a threshold must be a finite number above 0; ` +
        'record it on data that activates this site',
    };
  }
  return float32Parameter('threshold', typeof recorded === 'number' ? [] : [recorded.length], [...values]);
}

/** |θ| of the site's own parameter `threshold`: the parameter itself if it is already positive. */
export function ownThreshold({ node, parameters }: Site): Float32Parameter | Refusal {
  const { threshold } = parameters;
  if (threshold === undefined) {
    return { refused: `its '${node.activation.kind}' names no parameter for its part 'threshold'` };
  }
  if (threshold.type !== 'float32') {
    return { refused: `its threshold '${node.activation.parameters['threshold']}' is ${threshold.type}, not float32` };
  }
  const at = threshold.data.findIndex((value) => value === 0 || !Number.isFinite(value));
  if (at >= 0) {
    return {
      refused:
        `element ${at} of its threshold '${node.activation.parameters['threshold']}' is ${threshold.data[at]}, ` +
        'and |θ| must be a finite number above 0',
    };
  }
  if (threshold.role === 'threshold' && threshold.data.every((value) => value > 0)) return threshold;
  return float32Parameter('threshold', threshold.shape, threshold.data.map(Math.abs));
}

/** The site's leaky slope, its attribute `slope`. */
export function leakySlope({ node }: Site): { readonly slope: number } | Refusal {
  const slope = node.activation.attributes['slope'];
  if (slope !== undefined && slope > 0 && slope <= 1) return { slope };
  return {
    refused:
      `its '${node.activation.kind}' has the slope ${slope ?? '(none given)'}; give it an attribute slope above 0 and ` +
      'up to 1',
  };
}
