import { textTable } from '@rheobase/network';
import type { ConversionReport, Outcome } from './conversion-report.js';

const kinds = ['converted', 'folded', 'replaced', 'passed', 'refused'] as const satisfies readonly Outcome['kind'][];

function describeThreshold([least, greatest]: readonly [number, number]): string {
  const short = (value: number) => String(Number(value.toPrecision(4)));
  return least === greatest ? short(least) : `${short(least)} … ${short(greatest)}`;
}

function describeOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'passed':
      return '';
    case 'folded':
      return `into ${outcome.into}`;
    case 'converted':
      return `${outcome.from} → ${outcome.to}, θ = ${describeThreshold(outcome.threshold)}`;
    case 'replaced':
      return `by ${outcome.by}`;
    case 'refused':
      return outcome.reason;
  }
}

/** The report as a text table, one row per node, followed by the warnings and a count of each outcome. */
export function formatReport(report: ConversionReport): string {
  const rows = [
    ['node', 'op', 'outcome', 'detail'],
    ...report.entries.map(({ node, op, outcome, notes }) => [
      node,
      op,
      outcome.kind,
      [describeOutcome(outcome), ...notes].filter((text) => text !== '').join('; '),
    ]),
  ];
  const warnings = report.entries.flatMap(({ node, warnings }) => warnings.map((text) => `warning: ${node}: ${text}`));
  const counts = kinds
    .map((kind) => ({ kind, count: report.entries.filter(({ outcome }) => outcome.kind === kind).length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${kind}`);
  return [textTable(rows), ...warnings, `${report.entries.length} nodes: ${counts.join(', ')}`].join('\n');
}
