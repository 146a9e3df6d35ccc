import { type Op, saidOnce } from '@rheobase/network';

/**
 * The outcome for a node.
 *
 * - `passed`: unchanged in the new network (a batch norm may have been folded into a convolution; its notes say so)
 * - `folded`: a batch norm folded into the weights of the node `into`
 * - `converted`: an activation site that became a neuron, or another activation. `threshold` is the least and the greatest θ of the site, equal if it
 *   has only one
 * - `replaced`: replaced by another node that computes the same
 * - `refused`: it cannot be converted
 */
export type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'folded'; readonly into: string }
  | {
      readonly kind: 'converted';
      readonly from: string;
      readonly to: string;
      readonly threshold: readonly [least: number, greatest: number];
    }
  | { readonly kind: 'replaced'; readonly by: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** One node of the source network. */
export interface ReportEntry {
  readonly node: string;
  readonly op: Op;
  readonly outcome: Outcome;
  /** Further information. */
  readonly notes: readonly string[];
  /** What was converted, but may not be intended: a layer without neurons before it, a site that was never active. */
  readonly warnings: readonly string[];
}

/** The outcome for every node of a network, each exactly once, in network order. */
export interface ConversionReport {
  readonly entries: readonly ReportEntry[];
}

/** The entries with an outcome of that kind. */
export function entriesOf(report: ConversionReport, kind: Outcome['kind']): readonly ReportEntry[] {
  return report.entries.filter(({ outcome }) => outcome.kind === kind);
}

/** Thrown when a node cannot be converted, before anything is rewritten. Its message names the nodes and says why, each reason once. */
export class ConversionError extends Error {
  override readonly name = 'ConversionError';
  /** The outcome for every node, including the refused ones. */
  readonly report: ConversionReport;

  constructor(report: ConversionReport) {
    const refused = report.entries.flatMap(({ node, op, outcome }) =>
      outcome.kind === 'refused' ? [{ subject: node, message: `(${op}): ${outcome.reason}` }] : [],
    );
    super(
      `${refused.length} of the network's ${report.entries.length} nodes cannot be converted:\n${saidOnce(refused)
        .map(({ subjects, message }) => `  ${subjects} ${message}`)
        .join('\n')}`,
    );
    this.report = report;
  }
}

/**
 * Returns the report if it refuses nothing.
 *
 * @throws {ConversionError} if it refuses a node.
 */
export function assertConvertible(report: ConversionReport): ConversionReport {
  if (entriesOf(report, 'refused').length > 0) throw new ConversionError(report);
  return report;
}
