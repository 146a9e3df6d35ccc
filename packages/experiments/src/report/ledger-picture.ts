import * as Plot from '@observablehq/plot';
import { ink, type Key, pictureFrame, plotMarkup } from './picture-frame.js';

/** The errors of conversion, each by layer (METHOD §5). */
const errorColors = {
  propagated: '#9aa5b1',
  clipping: '#d98e04',
  quantization: '#2f6fb0',
  residual: '#c0392b',
} as const;
const errors = ['propagated', 'clipping', 'quantization', 'residual'] as const satisfies (keyof typeof errorColors)[];
const [rowHeight, panelWidth] = [22, 250];

interface Size {
  /** Mean absolute value over the layer's mean activation. */
  readonly relative: number;
}

/** The error ledger of a stage, as far as it is drawn. */
export interface DrawnLedger {
  readonly stage: string;
  readonly layers: readonly (Readonly<Record<(typeof errors)[number] | 'total', Size>> & { readonly node: string })[];
}

/** How far the bars of some ledgers reach. */
export function largestError(stages: readonly DrawnLedger[]): number {
  const sums = stages.flatMap(({ layers }) =>
    layers.map((layer) => errors.reduce((sum, error) => sum + layer[error].relative, 0)),
  );
  return Math.max(0, ...sums);
}

/**
 * Error ledgers as a picture, an SVG document that needs nothing else: a bar for each layer, stacked from the four errors, and
 * a stroke at the error that was measured; the stages side by side on one scale.
 *
 * @param atLeast how far the scale reaches at least, for pictures that are to be compared: an error over a layer's mean activation
 */
export function ledgerPicture(title: string, stages: readonly DrawnLedger[], atLeast = 0): string {
  const bars = stages.flatMap(({ stage, layers }) =>
    layers.flatMap((layer) => errors.map((error) => ({ stage, node: layer.node, error, size: layer[error].relative }))),
  );
  const totals = stages.flatMap(({ stage, layers }) =>
    layers.map(({ node, total }) => ({ stage, node, size: total.relative })),
  );
  const nodes = [...new Set(totals.map(({ node }) => node))];
  const marginLeft = 30 + 7 * Math.max(...nodes.map((node) => node.length));
  const keys: readonly Key[] = [
    ...errors.map((error) => ({ label: error, color: errorColors[error], form: 'block' }) as const),
    { label: 'measured', color: ink, form: 'stroke' },
  ];
  return pictureFrame(
    title,
    keys,
    plotMarkup({
      width: marginLeft + stages.length * panelWidth + 20,
      height: 76 + nodes.length * rowHeight,
      marginLeft,
      marginTop: 34,
      marginBottom: 42,
      fx: { domain: stages.map(({ stage }) => stage), label: null, padding: 0.1 },
      x: {
        percent: true,
        grid: true,
        label: 'mean |error| in % of the layer’s mean activation',
        labelArrow: 'none',
        labelAnchor: 'left',
        ticks: 4,
      },
      y: { domain: nodes, label: null, tickSize: 0 },
      color: { domain: [...errors], range: errors.map((error) => errorColors[error]) },
      marks: [
        Plot.barX(bars, { fx: 'stage', y: 'node', x: 'size', fill: 'error', insetTop: 2, insetBottom: 2 }),
        Plot.tickX(totals, { fx: 'stage', y: 'node', x: 'size', stroke: ink, strokeWidth: 2 }),
        Plot.ruleX([0], { stroke: ink }),
        // Widens the scale, and is not seen.
        Plot.ruleX([atLeast], { stroke: 'none' }),
      ],
    }),
  );
}
