import type {
  ActivationNode,
  ModelSpec,
  Network,
  NetworkNode,
  Parameter,
  Registry,
  SiteDefinition,
} from '@rheobase/network';
import { analogHead, freeName, unknownName, withoutUnusedParameters } from '@rheobase/network';
import type { Outcome } from './conversion-report.js';
import { type InactiveSite, inactiveSites, withoutZeros } from './inactive-sites.js';
import type { ParameterDraft } from './parameter-names.js';
import { parameterDraft } from './parameter-names.js';
import { canStayInReadOut, readOutActivation } from './read-out-activation.js';
import type { RecordedThreshold, Refusal, Site, SiteConversion, SiteMeaning } from './site-conversion.js';
import { isRefusal, siteOf } from './site-conversion.js';

/** Recorded thresholds and registered conversions for the sites of a network. */
export interface SiteOptions {
  /**
   * θ by the site's node name, recorded from data (a high percentile of its activations). Required for activations without a threshold of their own,
   * otherwise unused. A number for the whole site, or one per channel, `[C]`. 0 means that the site or channel was never active: it gets the mean of
   * the others, and the report names it.
   */
  readonly thresholds?: ReadonlyMap<string, RecordedThreshold>;
  /** The activations that can be converted. Default: {@link defaultSiteConversions}. */
  readonly conversions?: Registry<SiteConversion>;
}

/** The plan for a site. */
export type SitePlan =
  | {
      readonly kind: 'convert';
      readonly node: ActivationNode;
      readonly meaning: SiteMeaning;
      readonly definition: SiteDefinition;
      /** Present if the site or some of its channels were never active when thresholds were recorded. */
      readonly inactive?: InactiveSite;
    }
  /** It is in the analog head, where it stays what it is, as functions. */
  | { readonly kind: 'keep'; readonly node: ActivationNode }
  | { readonly kind: 'refuse'; readonly reason: string };

/**
 * Plans every activation site of a network.
 *
 * @param define returns what to put at a site with that meaning
 * @throws if a threshold is given for a name that is not an activation site.
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
  const head = analogHead(network);
  return new Map(
    sites.map((node): readonly [string, SitePlan] => {
      if (head.has(node.name)) return [node.name, planReadOut(network, node)];
      const plan = planSite(siteOf(network, node, used), conversions, define);
      const never = node.activation.parameters['threshold'] === undefined ? inactive.get(node.name) : undefined;
      return [node.name, plan.kind === 'convert' && never ? { ...plan, inactive: never } : plan];
    }),
  );
}

function planReadOut(network: Network, node: ActivationNode): SitePlan {
  if (canStayInReadOut(network, node)) return { kind: 'keep', node };
  const reason = `it is in the read-out, behind a node that is neither linear nor a site, and no function is known for its activation '${node.activation.kind}'`;
  return { kind: 'refuse', reason };
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

/** The outcome for a site, for the report. */
export function siteOutcome(plan: SitePlan): Outcome {
  if (plan.kind === 'refuse') return { kind: 'refused', reason: plan.reason };
  if (plan.kind === 'keep') {
    return { kind: 'replaced', by: `the function '${plan.node.activation.kind}' of the read-out` };
  }
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

/** Applies a plan in which nothing is refused: puts neurons or other activations at its sites. The caller validates the result. */
export function applySites(
  network: Network,
  plan: ReadonlyMap<string, SitePlan>,
  op: 'activation' | 'neuron',
): Network {
  const draft = parameterDraft(network);
  const taken = new Set(network.nodes.map(({ name }) => name));
  const nodes = network.nodes.flatMap((node): NetworkNode | readonly NetworkNode[] => {
    const site = plan.get(node.name);
    if (site === undefined || site.kind === 'refuse' || node.op !== 'activation') return node;
    if (site.kind === 'keep') {
      return readOutActivation(network, node, {
        node: (stem) => {
          const name = freeName(stem, taken);
          taken.add(name);
          return name;
        },
        parameter: (name, parameter) => draft.place(name, node.name, parameter),
      });
    }
    const spec = placeDefinition(node, site.definition, network, draft);
    // The plan may predate a rewrite that moved the site, so use its present inputs.
    const { name, inputs } = node;
    return op === 'neuron' ? { op, name, inputs, neuron: spec } : { op, name, inputs, activation: spec };
  });
  return withoutUnusedParameters({ ...network, nodes, parameters: draft.parameters });
}

/** Unchanged parameters keep their name and are shared; new ones are named after the site. */
function placeDefinition(
  node: ActivationNode,
  definition: SiteDefinition,
  network: Network,
  draft: ParameterDraft,
): ModelSpec {
  const names = Object.values(node.activation.parameters);
  const keptAs = (parameter: Parameter) => names.find((name) => network.parameters.get(name) === parameter);
  const parts = Object.entries(definition.parameters ?? {});
  // Before assigning names: a kept parameter may have the name that a new one would get.
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
