import { errorKinds } from '@rheobase/analysis';
import * as Plot from '@observablehq/plot';
import { escapeMarkup } from './markup.js';
import type { StageLedger } from './ledger-run.js';
import { plotMarkup } from './plot-markup.js';

const colors = { propagated: '#9aa5b1', clipping: '#d98e04', quantization: '#2f6fb0', residual: '#c0392b' } as const;
const ink = '#1d2733';
const [rowHeight, panelWidth, top] = [22, 250, 54];

/**
 * Error ledgers as a picture, an SVG document that needs nothing else: a bar for each layer, stacked from the four errors, and
 * a stroke at the error that was measured; the stages side by side on one scale.
 */
export function ledgerPicture(title: string, stages: readonly StageLedger[]): string {
  const bars = stages.flatMap(({ stage, layers }) =>
    layers.flatMap((layer) =>
      errorKinds.map((error) => ({ stage, node: layer.node, error, size: layer[error].relative })),
    ),
  );
  const totals = stages.flatMap(({ stage, layers }) =>
    layers.map(({ node, total }) => ({ stage, node, size: total.relative })),
  );
  const nodes = [...new Set(totals.map(({ node }) => node))];
  const marginLeft = 30 + 7 * Math.max(...nodes.map((node) => node.length));
  const [width, height] = [marginLeft + stages.length * panelWidth + 20, 76 + nodes.length * rowHeight];
  const marks = plotMarkup({
    width,
    height,
    marginLeft,
    marginTop: 34,
    marginBottom: 42,
    style: { fontSize: '12px' },
    fx: { domain: stages.map(({ stage }) => stage), label: null, padding: 0.06 },
    x: {
      percent: true,
      grid: true,
      label: 'mean |error| in % of the layer’s mean activation',
      labelArrow: 'none',
      labelAnchor: 'left',
      ticks: 4,
    },
    y: { domain: nodes, label: null, tickSize: 0 },
    color: { domain: [...errorKinds], range: errorKinds.map((kind) => colors[kind]) },
    marks: [
      Plot.barX(bars, { fx: 'stage', y: 'node', x: 'size', fill: 'error', insetTop: 2, insetBottom: 2 }),
      Plot.tickX(totals, { fx: 'stage', y: 'node', x: 'size', stroke: ink, strokeWidth: 2 }),
      Plot.ruleX([0], { stroke: ink }),
    ],
  });
  const legend = [
    ...errorKinds.map((kind) => ({ label: kind, color: colors[kind] })),
    { label: 'measured', color: ink },
  ];
  let x = 24;
  const keys = legend.map(({ label, color }) => {
    const at = x;
    x += 32 + 7 * label.length;
    const [size, from] = label === 'measured' ? [2, at + 5] : [12, at];
    return `<rect x="${from}" y="40" width="${size}" height="12" fill="${color}"/><text x="${at + 17}" y="50">${label}</text>`;
  });
  const [fullWidth, fullHeight] = [Math.max(width, x, 40 + 8 * title.length), height + top];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${fullWidth}" height="${fullHeight}" viewBox="0 0 ${fullWidth} ${fullHeight}" role="img" aria-label="${escapeMarkup(title)}" font-family="ui-sans-serif,system-ui,'DejaVu Sans',sans-serif" font-size="12" fill="${ink}" color="${ink}">`,
    `<rect width="${fullWidth}" height="${fullHeight}" rx="8" fill="#ffffff"/>`,
    `<text x="24" y="26" font-size="15" font-weight="600">${escapeMarkup(title)}</text>`,
    ...keys,
    `<g transform="translate(0,${top})" text-anchor="middle">${marks}</g>`,
    '</svg>',
    '',
  ].join('\n');
}
