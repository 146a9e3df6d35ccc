import * as Plot from '@observablehq/plot';
import { ink, seriesColor } from './colors.js';
import { placeLabels, ticksThatFit } from './label-placement.js';
import { type Key, pictureFrame, type PictureWidth, pictureWidths, plotMarkup } from './picture-frame.js';
import type { Curve, FiringRates } from './reported-run.js';
import { marginForNames, nameThatFits } from './row-names.js';

const sizes = {
  wide: { width: pictureWidths.wide, height: 360, marginLeft: 56, marginRight: 28, marginBottom: 44, marginTop: 30 },
  narrow: {
    width: pictureWidths.narrow,
    height: 300,
    marginLeft: 44,
    marginRight: 18,
    marginBottom: 44,
    marginTop: 30,
  },
} as const;
const labelSize = 11;

/** Curves on common axes, and a level that they are held against. */
export interface DrawnCurves {
  /** What the curves' scores are, as the axis names it. */
  readonly score: string;
  readonly curves: readonly Curve[];
  /** Score of the source network, 0…1; more than one of several runs. */
  readonly levels: readonly number[];
}

function keysOf(curves: readonly Curve[], level: string): readonly Key[] {
  return [
    ...curves.map(({ label }, index) => ({ label, color: seriesColor(index), form: 'line' }) as const),
    { label: level, color: ink, form: 'dashes' },
  ];
}

function pointsOf(curves: readonly Curve[]) {
  return curves.flatMap(({ label, points }) => points.map((point) => ({ label, ...point })));
}

function colorsOf(curves: readonly Curve[]): Plot.ScaleOptions {
  return {
    type: 'ordinal',
    domain: curves.map(({ label }) => label),
    range: curves.map((_, index) => seriesColor(index)),
  };
}

/** From a little below the lowest figure to a little above the highest, so that differences can be seen. */
function scoreAxis({ score: name, curves, levels }: DrawnCurves): Plot.ScaleOptions {
  const points = pointsOf(curves);
  const lowest = Math.min(...levels, ...points.map(({ score, deviation }) => score - deviation));
  const highest = Math.max(...levels, ...points.map(({ score, deviation }) => score + deviation));
  return {
    // Of a percent scale, in percent.
    domain: [Math.max(0, 5 * Math.floor(20 * lowest)), Math.min(100, 5 * Math.ceil(20 * highest + 0.2))],
    percent: true,
    grid: true,
    label: `${name}, %`,
    labelArrow: 'none',
  };
}

/** Scores against the number of time steps, a line each; bars of one standard deviation over seeds. */
export function scorePicture(title: string, drawn: DrawnCurves, form: PictureWidth = 'wide'): string {
  const points = pointsOf(drawn.curves);
  const times = [...new Set(points.map(({ steps }) => steps))].toSorted((a, b) => a - b);
  const isLong = (times.at(-1) ?? 1) > 12;
  const wanted = isLong ? times.filter((t) => Number.isInteger(Math.log2(t)) || t === times.at(-1)) : times;
  const size = sizes[form];
  const [first = 1, last = 1] = [times[0], times.at(-1)];
  const along = (t: number): number =>
    isLong ? Math.log(t / first) / Math.log(last / first) : (t - first) / (last - first);
  const ticks = [...ticksThatFit(wanted, (t) => (size.width - size.marginLeft - size.marginRight) * along(t), 12)];
  return pictureFrame(
    title,
    keysOf(drawn.curves, 'source network'),
    plotMarkup({
      ...size,
      x: {
        type: isLong ? 'log' : 'linear',
        ...(isLong && { base: 2 }),
        ticks,
        tickFormat: (t: number) => String(t),
        label: 'T, time steps',
        labelArrow: 'none',
        labelAnchor: 'center',
      },
      y: { ...scoreAxis(drawn) },
      color: colorsOf(drawn.curves),
      marks: [
        Plot.ruleY(drawn.levels, { stroke: ink, strokeDasharray: '4 3' }),
        Plot.ruleX(
          points.filter(({ deviation }) => deviation > 0),
          {
            x: 'steps',
            // A score is a share, whatever its deviation.
            y1: ({ score, deviation }: (typeof points)[number]) => Math.max(0, score - deviation),
            y2: ({ score, deviation }: (typeof points)[number]) => Math.min(1, score + deviation),
            stroke: 'label',
          },
        ),
        Plot.line(points, { x: 'steps', y: 'score', stroke: 'label', z: 'label', strokeWidth: 2 }),
        Plot.dot(points, { x: 'steps', y: 'score', fill: 'label', r: 3.5 }),
      ],
    }),
  );
}

/** Scores against energy, one line each, one dot per T, labelled if there is room. */
export function energyPicture(title: string, drawn: DrawnCurves, form: PictureWidth = 'wide'): string {
  const points = pointsOf(drawn.curves).filter(({ energyRatio }) => energyRatio > 0);
  const ratios = points.map(({ energyRatio }) => energyRatio);
  const isWide = Math.max(...ratios) > 8 * Math.min(...ratios);
  const size = sizes[form];
  const plotted = plotMarkup({
    ...size,
    x: {
      type: isWide ? 'log' : 'linear',
      ...(!isWide && { zero: true }),
      grid: true,
      ticks: form === 'wide' ? 6 : 4,
      tickFormat: (ratio: number) => String(Number(ratio.toPrecision(3))),
      label: 'energy relative to the source; one dot per T',
      labelArrow: 'none',
      labelAnchor: 'center',
    },
    y: { ...scoreAxis(drawn) },
    color: colorsOf(drawn.curves),
    marks: [
      Plot.ruleY(drawn.levels, { stroke: ink, strokeDasharray: '4 3' }),
      Plot.line(points, { x: 'energyRatio', y: 'score', stroke: 'label', z: 'label', strokeWidth: 1.5 }),
      Plot.dot(points, { x: 'energyRatio', y: 'score', fill: 'label', r: 3.5 }),
    ],
  });
  const dots = points.map(({ energyRatio, score, steps }) => ({
    x: plotted.at('x', energyRatio),
    y: plotted.at('y', 100 * score),
    text: String(steps),
  }));
  const within = {
    left: size.marginLeft,
    right: size.width,
    top: size.marginTop - 14,
    // Down to the numbers of the axis.
    bottom: size.height - size.marginBottom + 7,
  };
  const labels = placeLabels(dots, labelSize, within).map(
    ({ x, y, text }) =>
      `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="middle" font-size="${labelSize}">${text}</text>`,
  );
  return pictureFrame(title, keysOf(drawn.curves, 'source network'), {
    ...plotted,
    markup: plotted.markup + labels.join(''),
  });
}

/** Firing rates by layer, a dot for each curve. */
export function firingPicture(title: string, firing: readonly FiringRates[], form: PictureWidth = 'wide'): string {
  const { width } = sizes[form];
  const nodes = [...new Set(firing.flatMap(({ rates }) => Object.keys(rates)))];
  const points = firing.flatMap(({ label, rates }) =>
    Object.entries(rates).map(([node, rate]) => ({ label, node, rate })),
  );
  const marginLeft = marginForNames(nodes, width);
  const colors = firing.map((_, index) => seriesColor(index));
  return pictureFrame(
    title,
    firing.map(({ label }, index) => ({ label, color: seriesColor(index), form: 'line' }) as const),
    plotMarkup({
      width,
      height: 60 + 20 * nodes.length,
      marginLeft,
      marginRight: 28,
      marginBottom: 44,
      marginTop: 10,
      x: {
        zero: true,
        grid: true,
        ...(form === 'narrow' && { ticks: 3 }),
        label: 'spikes per neuron and step',
        labelArrow: 'none',
        labelAnchor: 'center',
      },
      y: {
        type: 'point',
        domain: nodes,
        label: null,
        grid: true,
        tickFormat: (node: string) => nameThatFits(node, marginLeft),
      },
      color: { type: 'ordinal', domain: firing.map(({ label }) => label), range: colors },
      marks: [
        Plot.line(points, { x: 'rate', y: 'node', stroke: 'label', z: 'label', strokeOpacity: 0.35 }),
        Plot.dot(points, { x: 'rate', y: 'node', fill: 'label', r: 3.5 }),
      ],
    }),
  );
}
