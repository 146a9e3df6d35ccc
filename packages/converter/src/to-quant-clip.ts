import type { Network, SiteDefinition } from '@rheobase/network';
import { assertValid } from '@rheobase/network';
import { conversionProblems, describeProblem } from './conversion-problems.js';
import type { ConversionReport } from './conversion-report.js';
import { assertConvertible } from './conversion-report.js';
import { defaultSiteConversions } from './default-site-conversions.js';
import type { SiteOptions } from './rewrite-sites.js';
import { applySites, planSites, siteOutcome } from './rewrite-sites.js';
import type { SiteMeaning } from './site-conversion.js';

export interface QuantClipOptions extends SiteOptions {
  /** L, the number of quantization levels above 0; usually T. */
  readonly levels: number;
  /** p, the probability from 0 to 1 that an element stays unquantized in training (METHOD §3). Default: the activation's. */
  readonly noise?: number;
}

/**
 * Puts quantization-clip activations at all activation sites (METHOD §3): `quant-clip`, or `leaky-quant-clip` if the activation is leaky. Sites that
 * already quantize get the new number of levels. θ is the site's |θ|, or comes from `thresholds`.
 *
 * Activations of the analog head stay what they are, as functions.
 *
 * @throws {ConversionError} naming the sites whose activation is unknown or whose threshold is missing, and the nodes of {@link conversionProblems}.
 * @throws {NetworkError} if the network is not well-formed.
 * @throws if `levels` or `noise` is out of range, or a threshold is given for a name that is not a site.
 */
export function toQuantClip(network: Network, options: QuantClipOptions): Network {
  const { levels, noise, thresholds = new Map(), conversions = defaultSiteConversions } = options;
  if (!Number.isSafeInteger(levels) || levels < 1) {
    throw new Error(`levels must be an integer of at least 1, not ${levels}.`);
  }
  if (noise !== undefined && !(noise >= 0 && noise <= 1)) {
    throw new Error(`noise must be a probability from 0 to 1, not ${noise}.`);
  }
  assertValid(network);
  const plan = planSites(network, thresholds, conversions, (meaning) => quantClip(meaning, levels, noise));
  const problems = new Map(conversionProblems(network).map((problem) => [problem.node, problem]));
  const report: ConversionReport = {
    entries: network.nodes.map(({ name, op }) => {
      const [site, problem] = [plan.get(name), problems.get(name)];
      return {
        node: name,
        op,
        outcome:
          problem !== undefined
            ? { kind: 'refused', reason: describeProblem(problem) }
            : site === undefined
              ? { kind: 'passed' }
              : siteOutcome(site),
        notes: [],
        warnings: [],
      };
    }),
  };
  assertConvertible(report);
  return assertValid(applySites(network, plan, 'activation'));
}

function quantClip(meaning: SiteMeaning, levels: number, noise: number | undefined): SiteDefinition {
  const signed = meaning.range === 'signed';
  return {
    kind: signed ? 'leaky-quant-clip' : 'quant-clip',
    parameters: { threshold: meaning.threshold },
    attributes: { levels, ...(signed && { slope: meaning.slope }), ...(noise !== undefined && { noise }) },
  };
}
