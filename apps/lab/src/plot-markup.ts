import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/** Draws a plot, and gives what stands inside its SVG element; without a style sheet, so that several fit into one picture. */
export function plotMarkup(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<html><body></body></html>');
  const marks: unknown = Plot.plot({ document, ...options }).innerHTML;
  if (typeof marks !== 'string')
    throw new Error('The drawing has no markup; is linkedom’s document still what Plot draws into?');
  return marks.replace(/<style>[^]*?<\/style>/, '');
}
