import type { Op } from '@rheobase/network';

/**
 * What became of a node.
 *
 * - `passed`: it stands in the new network as it was (a convolution may have taken in a batch norm; its notes say so)
 * - `folded`: a batch norm whose arithmetic now is in the weights of the node `into`
 * - `converted`: an activation site that became a neuron, or another activation. `threshold` is the least and the
 *   greatest θ of the site, equal where there is one for all
 * - `replaced`: another node that computes the same stands in its place
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
  /** What else there is to know about it. */
  readonly notes: readonly string[];
  /** What was converted, but may not be what was meant: a layer without neurons before it, a site that was never active. */
  readonly warnings: readonly string[];
}

/** What became of every node of a network, each exactly once, in the network's order. */
export interface ConversionReport {
  readonly entries: readonly ReportEntry[];
}

/** The entries whose outcome is of that kind. */
export function entriesOf(report: ConversionReport, kind: Outcome['kind']): readonly ReportEntry[] {
  return report.entries.filter(({ outcome }) => outcome.kind === kind);
}

/** Thrown when a node cannot be converted; nothing has been rewritten then. Its message names each such node and says why. */
export class ConversionError extends Error {
  override readonly name = 'ConversionError';
  /** What would have become of every node, the refused ones among them. */
  readonly report: ConversionReport;

  constructor(report: ConversionReport) {
    const refused = report.entries.flatMap(({ node, op, outcome }) =>
      outcome.kind === 'refused' ? [`  ${node} (${op}): ${outcome.reason}`] : [],
    );
    super(
      `${refused.length} of the network's ${report.entries.length} nodes cannot be converted:\n${refused.join('\n')}`,
    );
    this.report = report;
  }
}

/**
 * Returns a report that refuses nothing.
 *
 * @throws {ConversionError} if it refuses a node.
 */
export function assertConvertible(report: ConversionReport): ConversionReport {
  if (entriesOf(report, 'refused').length > 0) throw new ConversionError(report);
  return report;
}
