import * as Plot from '@observablehq/plot';
import { ink, type Key, pictureFrame, plotMarkup, remark } from '@rheobase/experiments/report';
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
const panel = { width: 470, height: 340, gap: 20 };

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
  const keys = present.map((name): Key => ({ label: name, color: colors[name] ?? ink, form: 'block' }));
  const width = 2 * panel.width + 3 * panel.gap;
  const remarks = fits.map((fit, i) => remark(describeFit(fit), panel.height + 18 + 18 * i, width).markup);
  return pictureFrame(title, keys, {
    width,
    height: panel.height + 24 + 18 * fits.length,
    markup: [
      `<g transform="translate(${panel.gap},0)">${againstSteps.markup}</g>`,
      `<g transform="translate(${2 * panel.gap + panel.width},0)">${againstOperations.markup}</g>`,
      ...remarks,
    ].join('\n'),
  });
}
