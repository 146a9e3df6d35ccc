import * as Plot from '@observablehq/plot';
import { escapeMarkup } from '../markup.js';
import { plotMarkup } from '../plot-markup.js';
import type { InferenceResult } from './inference-session.js';
import { inferenceContenders } from './inference-task.js';
import { describeFit, eventContenders, fitsOf, millisecondsOf } from './time-fits.js';

const colors: Readonly<Record<string, string>> = {
  'event-float32': '#2f6fb0',
  'event-int8': '#1d9a6c',
  tfjs: '#d98e04',
  'ann-tfjs-wasm': '#c0392b',
  'ann-onnxruntime-web': '#8e5ab5',
  'ann-onnxruntime-node': '#5b6775',
};
const ink = '#1d2733';
const panel = { width: 470, height: 340, gap: 20, top: 76 };

/**
 * Time of an image on one thread as a picture, an SVG document that needs nothing else: at the left against T, for everyone, on
 * logarithmic axes; at the right against synaptic operations, for the event engine, with the lines through the points.
 *
 * @param results of one number of threads
 */
export function inferencePicture(title: string, results: readonly InferenceResult[]): string {
  const present = inferenceContenders.filter((name) => results.some((r) => r.imagesPerSecond[name] !== undefined));
  const fits = fitsOf(results);
  const times = results.flatMap((result) =>
    present.map((contender) => ({
      contender,
      network: result.network,
      steps: result.steps,
      sops: result.sopsPerImage / 1e6,
      time: millisecondsOf(result, contender),
    })),
  );
  const events = times.filter(({ contender }) => eventContenders.some((name) => name === contender));
  const furthest = Math.max(0, ...events.map(({ sops }) => sops));
  const lines = fits.flatMap(({ contender, milliseconds: { slope, intercept } }) =>
    [0, furthest].map((sops) => ({ contender, sops, time: intercept + slope * sops })),
  );
  const steps = [...new Set(results.map((result) => result.steps))].toSorted((a, b) => a - b);
  const shared = {
    width: panel.width,
    height: panel.height,
    marginLeft: 52,
    marginTop: 30,
    marginBottom: 42,
    style: { fontSize: '12px' },
    color: { domain: present, range: present.map((name) => colors[name] ?? ink) },
  };
  const againstSteps = plotMarkup({
    ...shared,
    x: { type: 'log', base: 2, label: 'T', ticks: steps, tickFormat: 'd', labelArrow: 'none' },
    y: { type: 'log', label: 'ms an image', grid: true, labelArrow: 'none', ticks: 5, tickFormat: '~g' },
    marks: [
      Plot.line(times, { x: 'steps', y: 'time', stroke: 'contender', z: (d) => `${d.contender} ${d.network}` }),
      Plot.dot(times, { x: 'steps', y: 'time', fill: 'contender', r: 3 }),
    ],
  });
  const againstOperations = plotMarkup({
    ...shared,
    x: { label: 'million synaptic operations an image', labelArrow: 'none', domain: [0, furthest] },
    y: { label: 'ms an image', grid: true, labelArrow: 'none', zero: true },
    marks: [
      Plot.line(lines, { x: 'sops', y: 'time', stroke: 'contender', strokeDasharray: '4 3' }),
      Plot.dot(events, { x: 'sops', y: 'time', fill: 'contender', r: 3 }),
      Plot.ruleY([0], { stroke: ink }),
    ],
  });
  let x = 24;
  const keys = present.map((name) => {
    const at = x;
    x += 34 + 7 * name.length;
    return `<rect x="${at}" y="40" width="12" height="12" fill="${colors[name] ?? ink}"/><text x="${at + 17}" y="50">${name}</text>`;
  });
  const [width, height] = [2 * panel.width + 3 * panel.gap, panel.top + panel.height + 24 + 18 * fits.length];
  const notes = fits.map(
    (fit, i) => `<text x="24" y="${panel.top + panel.height + 18 + 18 * i}">${escapeMarkup(describeFit(fit))}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeMarkup(title)}" font-family="ui-sans-serif,system-ui,'DejaVu Sans',sans-serif" font-size="12" fill="${ink}" color="${ink}">`,
    `<rect width="${width}" height="${height}" rx="8" fill="#ffffff"/>`,
    `<text x="24" y="26" font-size="15" font-weight="600">${escapeMarkup(title)}</text>`,
    ...keys,
    `<g transform="translate(${panel.gap},${panel.top})" text-anchor="middle">${againstSteps}</g>`,
    `<g transform="translate(${2 * panel.gap + panel.width},${panel.top})" text-anchor="middle">${againstOperations}</g>`,
    ...notes,
    '</svg>',
    '',
  ].join('\n');
}
