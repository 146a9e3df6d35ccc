import type { AllowedRange, Network, NetworkNode, Registry } from '@rheobase/network';
import { analogHead, applyRule, describeRange, isAllowed, isWeighted, knownNeurons, ownValue } from '@rheobase/network';
import type { AnalogValues } from './analog-values.js';
import { analogValues } from './analog-values.js';
import type { Folding } from './batch-norm-folding.js';
import { conversionProblems, describeProblem } from './conversion-problems.js';
import type { ConversionReport, Outcome, ReportEntry } from './conversion-report.js';
import { defaultSiteConversions } from './default-site-conversions.js';
import { fittingOf, usualNeuron } from './fitting-of.js';
import { foldingOutcome } from './fold-batch-norm.js';
import { describeInactive } from './inactive-sites.js';
import type { FittedNeuron, InitialPotential, NeuronChoice } from './neuron-fitting.js';
import type { SiteOptions, SitePlan } from './rewrite-sites.js';
import { planSites, siteOutcome } from './rewrite-sites.js';

export interface SpikingOptions extends SiteOptions {
  /**
   * The neuron model at every site: a kind, or a kind with its parameters and attributes. Default: `if`, or `signed-if` if the activation is leaky.
   */
  readonly neuron?: string | NeuronChoice;
  /** Default `half-threshold`. */
  readonly initialPotential?: InitialPotential;
  /** T; required for `shift`, otherwise unused. */
  readonly steps?: number;
  /** The known neuron models. Default: `knownNeurons`, the built-in ones. */
  readonly neurons?: Registry<FittedNeuron>;
}

/** The plan of {@link toSpiking}. */
export interface SpikingPlan {
  readonly report: ConversionReport;
  readonly sites: ReadonlyMap<string, SitePlan>;
}

/**
 * Plans the neurons and the outcome for every node.
 *
 * @param foldings how batch norms are folded; without it they are refused
 */
export function planSpiking(
  network: Network,
  options: SpikingOptions,
  foldings?: ReadonlyMap<string, Folding>,
): SpikingPlan {
  const {
    neuron,
    initialPotential = 'half-threshold',
    steps,
    thresholds = new Map(),
    conversions = defaultSiteConversions,
    neurons = knownNeurons,
  } = options;
  if (steps !== undefined && (!Number.isSafeInteger(steps) || steps < 1)) {
    throw new Error(`steps must be an integer of at least 1, not ${steps}.`);
  }
  const choice = typeof neuron === 'string' ? { kind: neuron } : neuron;
  if (choice !== undefined) neurons.get(choice.kind);
  for (const part of ['threshold', 'initialPotential']) {
    if (Object.hasOwn(choice?.parameters ?? {}, part)) {
      throw new Error(
        `The parameter '${part}' of a neuron comes from the site; leave it out of the neuron's parameters.`,
      );
    }
  }

  const unfit = choice && unfitValue(choice, neurons);
  const sites = planSites(network, thresholds, conversions, (meaning, site) => {
    if (unfit !== undefined) return { refused: unfit };
    const kind = choice?.kind ?? usualNeuron(meaning.range, neurons);
    const fitting = fittingOf(kind, neurons);
    if (fitting.range !== meaning.range) {
      const able = neurons.names.filter((name) => fittingOf(name, neurons).range === meaning.range);
      return {
        refused:
          `the values of its '${site.node.activation.kind}' are ${meaning.range}, those of the neuron ` +
          `'${kind}' are ${fitting.range}; choose ${able.join(' or ') || 'another neuron'}`,
      };
    }
    return fitting.fit({
      meaning,
      initialPotential,
      ...(steps !== undefined && { steps }),
      parameters: choice?.parameters ?? {},
      attributes: choice?.attributes ?? {},
    });
  });

  const values = analogValues(network, (node) => isWeighted(node) || foldings?.get(node.name)?.kind === 'depthwise');
  const takenIn = namesTakenIn(foldings);
  const head = analogHead(network);
  const problems = new Map(conversionProblems(network).map((problem) => [problem.node, problem]));
  const entries = network.nodes.map((node): ReportEntry => {
    const problem = problems.get(node.name);
    const outcome: Outcome =
      problem === undefined ? outcomeOf(node, sites, foldings) : { kind: 'refused', reason: describeProblem(problem) };
    const inHead = head.has(node.name);
    const computes = !inHead && (outcome.kind === 'replaced' || isWeighted(node));
    const site = sites.get(node.name);
    const inactive = site?.kind === 'convert' ? site.inactive : undefined;
    return {
      node: node.name,
      op: node.op,
      outcome,
      notes: [
        ...notesOf(node, values, foldings?.get(node.name), takenIn.get(node.name) ?? []),
        ...(inHead && problem === undefined ? ['analog head: computed on means over time'] : []),
      ],
      warnings: [
        ...(computes ? warningsOf(node, values) : []),
        ...(inactive === undefined ? [] : [describeInactive(inactive)]),
      ],
    };
  });
  return { report: { entries }, sites };
}

/** In words, the first value of a choice that its neuron does not allow. */
function unfitValue(
  { kind, parameters, attributes }: NeuronChoice,
  neurons: Registry<FittedNeuron>,
): string | undefined {
  const model = neurons.get(kind);
  const definitions: Readonly<Record<string, AllowedRange>> = { ...model.parameters, ...model.attributes };
  for (const [name, value] of Object.entries({ ...parameters, ...attributes })) {
    const range = ownValue(definitions, name);
    if (range !== undefined && !isAllowed(value, range)) {
      return `'${name}' of the neuron '${kind}' is ${value}, but must be ${describeRange(range)}`;
    }
  }
  return undefined;
}

function outcomeOf(
  node: NetworkNode,
  sites: ReadonlyMap<string, SitePlan>,
  foldings: ReadonlyMap<string, Folding> | undefined,
): Outcome {
  const site = sites.get(node.name);
  if (site !== undefined) return siteOutcome(site);
  if (node.op === 'batchNorm') {
    const folding = foldings?.get(node.name);
    if (folding !== undefined) return foldingOutcome(folding);
    return {
      kind: 'refused',
      reason: 'a spiking network has no batch norms; fold it into the layer before it first (foldBatchNorm)',
    };
  }
  return { kind: 'passed' };
}

/** The batch norms folded into each layer. */
function namesTakenIn(foldings: ReadonlyMap<string, Folding> | undefined): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const [name, folding] of foldings ?? []) {
    if (folding.kind !== 'fold') continue;
    const own = names.get(folding.into) ?? [];
    own.push(name);
    names.set(folding.into, own);
  }
  return names;
}

function notesOf(
  node: NetworkNode,
  values: AnalogValues,
  folding: Folding | undefined,
  takenIn: readonly string[],
): readonly string[] {
  if (folding?.kind === 'depthwise') return [folding.reason];
  const none = (): readonly string[] => [];
  return applyRule(node, {
    input: () => ['fed unchanged at every step'],
    activation: none,
    neuron: none,
    weighted: ({ name }) => [
      ...(takenIn.length > 0 ? [`takes in ${takenIn.join(', ')}`] : []),
      ...(values.isReadOut(name) ? ['read-out: no neuron after it, averaged over the steps'] : []),
    ],
    maxPool: ({ name }) => [
      values.isConstant(name)
        ? 'before all neurons, so the same at every step and exact'
        : 'over accumulated spikes: its mean is the maximum of its inputs’ mean rates; it keeps a sum for each input',
    ],
    plain: none,
  });
}

function warningsOf(node: NetworkNode, values: AnalogValues): readonly string[] {
  const sources = values.weightedSources(node);
  if (sources.length === 0) return [];
  const often = values.isConstant(node.name) ? 'though the same ones at every step' : 'at every step';
  return [
    `there is no neuron between ${sources.join(', ')} and it: it reads analog values, ${often}, so it multiplies where ` +
      'others accumulate spikes',
  ];
}
