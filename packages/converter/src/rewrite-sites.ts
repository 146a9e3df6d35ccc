import type {
  ActivationNode,
  ModelSpec,
  Network,
  NetworkNode,
  Parameter,
  Registry,
  SiteDefinition,
} from '@rheobase/network';
import { unknownName, withoutUnusedParameters } from '@rheobase/network';
import type { Outcome } from './conversion-report.js';
import { type InactiveSite, inactiveSites, withoutZeros } from './inactive-sites.js';
import type { ParameterDraft } from './parameter-names.js';
import { parameterDraft } from './parameter-names.js';
import type { RecordedThreshold, Refusal, Site, SiteConversion, SiteMeaning } from './site-conversion.js';
import { isRefusal, siteOf } from './site-conversion.js';

/** What was recorded or registered about the sites of a network. */
export interface SiteOptions {
  /**
   * θ by the site's node name, recorded from data (a high percentile of its activations). Needed for activations
   * that have no threshold of their own, and otherwise not used. A number for the whole site, or one for each channel, `[C]`. 0 says that the
   * site, or the channel, was never active: it gets the mean of the others, and the report names it.
   */
  readonly thresholds?: ReadonlyMap<string, RecordedThreshold>;
  /** Which activations can be converted; default {@link defaultSiteConversions}. */
  readonly conversions?: Registry<SiteConversion>;
}

/** What will stand at a site. */
export type SitePlan =
  | {
      readonly kind: 'convert';
      readonly node: ActivationNode;
      readonly meaning: SiteMeaning;
      readonly definition: SiteDefinition;
      /** Given where it, or some of its channels, were never active when thresholds were recorded. */
      readonly inactive?: InactiveSite;
    }
  | { readonly kind: 'refuse'; readonly reason: string };

/**
 * Plans every activation site of a network.
 *
 * @param define what to put at a site of that meaning
 * @throws if a threshold is given for a name that is no activation site.
 */
export function planSites(
  network: Network,
  thresholds: ReadonlyMap<string, RecordedThreshold>,
  conversions: Registry<SiteConversion>,
  define: (meaning: SiteMeaning, site: Site) => SiteDefinition | Refusal,
): ReadonlyMap<string, SitePlan> {
  const sites = network.nodes.filter((node) => node.op === 'activation');
  const names = sites.map(({ name }) => name);
  for (const name of thresholds.keys()) {
    if (!names.includes(name)) {
      throw new Error(`A threshold is given for '${name}'. ${unknownName('activation site', name, names)}`);
    }
  }
  const used = withoutZeros(thresholds);
  const inactive = new Map(inactiveSites(thresholds).map((found) => [found.site, found]));
  return new Map(
    sites.map((node) => {
      const plan = planSite(siteOf(network, node, used), conversions, define);
      const never = node.activation.parameters['threshold'] === undefined ? inactive.get(node.name) : undefined;
      return [node.name, plan.kind === 'convert' && never ? { ...plan, inactive: never } : plan];
    }),
  );
}

function planSite(
  site: Site,
  conversions: Registry<SiteConversion>,
  define: (meaning: SiteMeaning, site: Site) => SiteDefinition | Refusal,
): SitePlan {
  const { kind } = site.node.activation;
  if (!conversions.has(kind)) {
    return {
      kind: 'refuse',
      reason: `its activation is not known to the conversion. ${unknownName(conversions.what, kind, conversions.names)}`,
    };
  }
  const meaning = conversions.get(kind).meaning(site);
  if (isRefusal(meaning)) return { kind: 'refuse', reason: meaning.refused };
  const definition = define(meaning, site);
  if (isRefusal(definition)) return { kind: 'refuse', reason: definition.refused };
  return { kind: 'convert', node: site.node, meaning, definition };
}

/** How the report speaks of a site. */
export function siteOutcome(plan: SitePlan): Outcome {
  if (plan.kind === 'refuse') return { kind: 'refused', reason: plan.reason };
  const theta = plan.meaning.threshold.data;
  return {
    kind: 'converted',
    from: plan.node.activation.kind,
    to: plan.definition.kind,
    threshold: [
      theta.reduce((least, value) => Math.min(least, value), Infinity),
      theta.reduce((greatest, value) => Math.max(greatest, value), -Infinity),
    ],
  };
}

/** Puts neurons, or other activations, at the sites of a plan in which nothing is refused. The result is for the caller to validate. */
export function applySites(
  network: Network,
  plan: ReadonlyMap<string, SitePlan>,
  op: 'activation' | 'neuron',
): Network {
  const draft = parameterDraft(network);
  const nodes = network.nodes.map((node): NetworkNode => {
    const site = plan.get(node.name);
    if (site?.kind !== 'convert' || node.op !== 'activation') return node;
    const spec = placeDefinition(node, site.definition, network, draft);
    // The plan may have been made before a rewrite that moved the site: its inputs are those it has now.
    const { name, inputs } = node;
    return op === 'neuron' ? { op, name, inputs, neuron: spec } : { op, name, inputs, activation: spec };
  });
  return withoutUnusedParameters({ ...network, nodes, parameters: draft.parameters });
}

/** Parameters that stayed the same keep their name and are shared; new ones are named after the site. */
function placeDefinition(
  node: ActivationNode,
  definition: SiteDefinition,
  network: Network,
  draft: ParameterDraft,
): ModelSpec {
  const names = Object.values(node.activation.parameters);
  const keptAs = (parameter: Parameter) => names.find((name) => network.parameters.get(name) === parameter);
  const parts = Object.entries(definition.parameters ?? {});
  // Before any name is given out: what stays may be called what a new parameter would be.
  for (const [, parameter] of parts) {
    const kept = keptAs(parameter);
    if (kept !== undefined) draft.keep(kept);
  }
  const parameters = parts.map(([part, parameter]) => {
    const kept = keptAs(parameter);
    return [part, kept ?? draft.place(`${node.name}.${part}`, node.name, parameter)] as const;
  });
  return {
    kind: definition.kind,
    parameters: Object.fromEntries(parameters),
    attributes: definition.attributes ?? {},
  };
}
