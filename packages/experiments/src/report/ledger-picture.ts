import * as Plot from '@observablehq/plot';
import { ink, passedOn, seriesColor } from './colors.js';
import { escapeMarkup } from './markup.js';
import { type Key, pictureFrame, type PictureWidth, pictureWidths, plotMarkup } from './picture-frame.js';
import { marginForNames, nameThatFits } from './row-names.js';
import { textLines } from './text-lines.js';

/** The errors of conversion, each by layer (METHOD §5). */
const errorColors = {
  propagated: passedOn,
  clipping: seriesColor(1),
  quantization: seriesColor(0),
  residual: seriesColor(3),
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
 * a stroke at the error that was measured; the stages on one scale, side by side, or below each other in a narrow picture.
 *
 * @param atLeast how far the scale reaches at least, for pictures that are to be compared: an error over a layer's mean activation
 */
export function ledgerPicture(
  title: string,
  stages: readonly DrawnLedger[],
  atLeast = 0,
  form: PictureWidth = 'wide',
): string {
  const nodes = [...new Set(stages.flatMap(({ layers }) => layers.map(({ node }) => node)))];
  const keys: readonly Key[] = [
    ...errors.map((error) => ({ label: error, color: errorColors[error], form: 'block' }) as const),
    { label: 'measured', color: ink, form: 'stroke' },
  ];
  if (form === 'wide') {
    const marginLeft = marginForNames(nodes, pictureWidths.wide);
    const width = Math.max(marginLeft + stages.length * panelWidth + 20, 480);
    return pictureFrame(title, keys, panels(stages, nodes, { width, marginLeft, marginTop: 34, atLeast }));
  }
  const marginLeft = marginForNames(nodes, pictureWidths.narrow);
  const reach = Math.max(atLeast, largestError(stages));
  let height = 0;
  const markup = stages.map((stage) => {
    const heads = textLines(stage.stage, pictureWidths.narrow - 24, 12).map(
      (line, index) => `<text x="12" y="${height + 18 + 16 * index}" font-weight="600">${escapeMarkup(line)}</text>`,
    );
    const top = height + 10 + 16 * heads.length;
    const own = panels([stage], nodes, { width: pictureWidths.narrow, marginLeft, marginTop: 8, atLeast: reach });
    height = top + own.height;
    return `${heads.join('')}<g transform="translate(0,${top})">${own.markup}</g>`;
  });
  return pictureFrame(title, keys, { width: pictureWidths.narrow, height, markup: markup.join('') });
}

interface Panels {
  readonly width: number;
  readonly marginLeft: number;
  /** Above the bars; stages are named there if there is room. */
  readonly marginTop: number;
  readonly atLeast: number;
}

/** The stages side by side. */
function panels(
  stages: readonly DrawnLedger[],
  nodes: readonly string[],
  { width, marginLeft, marginTop, atLeast }: Panels,
): ReturnType<typeof plotMarkup> {
  const bars = stages.flatMap(({ stage, layers }) =>
    layers.flatMap((layer) => errors.map((error) => ({ stage, node: layer.node, error, size: layer[error].relative }))),
  );
  const totals = stages.flatMap(({ stage, layers }) =>
    layers.map(({ node, total }) => ({ stage, node, size: total.relative })),
  );
  const marginBottom = 42;
  return plotMarkup({
    width,
    height: marginTop + marginBottom + nodes.length * rowHeight,
    marginLeft,
    marginTop,
    marginBottom,
    fx: { domain: stages.map(({ stage }) => stage), label: null, padding: 0.1, ...(marginTop < 20 && { axis: null }) },
    x: {
      percent: true,
      grid: true,
      label: 'mean |error| in % of the layer’s mean activation',
      labelArrow: 'none',
      labelAnchor: 'left',
      ticks: 4,
    },
    y: { domain: nodes, label: null, tickSize: 0, tickFormat: (node: string) => nameThatFits(node, marginLeft) },
    color: { domain: [...errors], range: errors.map((error) => errorColors[error]) },
    marks: [
      Plot.barX(bars, { fx: 'stage', y: 'node', x: 'size', fill: 'error', insetTop: 2, insetBottom: 2 }),
      Plot.tickX(totals, { fx: 'stage', y: 'node', x: 'size', stroke: ink, strokeWidth: 2 }),
      Plot.ruleX([0], { stroke: ink }),
      // Widens the scale, and is not seen.
      Plot.ruleX([atLeast], { stroke: 'none' }),
    ],
  });
}
