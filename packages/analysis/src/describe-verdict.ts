import { errorKinds } from './layer-errors.js';
import type { Finding, Verdict } from './verdict.js';

/** Agreement is given to a percent; fewer images cannot show it that finely. */
const enoughImages = 100;

/** The verdict as plain sentences: what is lost, where and by which error, and what to do about it. */
export function describeVerdict(verdict: Verdict): string {
  const { agreement, difference, images } = verdict;
  const outputs = `the outputs differ by ${percent(difference)} and agree on the class of ${percent(agreement)} of the images`;
  const few =
    images < enoughImages
      ? ` Only ${images} ${images === 1 ? 'image was' : 'images were'} compared, too few to be sure of that; compare at least ${enoughImages}.`
      : '';
  if (verdict.kind === 'faithful') return `The spiking network matches its source: ${outputs}.${few}`;
  const { classesAgree, findings, steps } = verdict;
  const shares = errorKinds.flatMap((kind) =>
    kind === 'propagated' || verdict.shares[kind] === 0 ? [] : [`${percent(verdict.shares[kind])} are ${kind}`],
  );
  const kinds = [...new Set(findings.map(({ error }) => error))];
  return [
    `${
      classesAgree
        ? 'The spiking network gives the same classes as its source, but not the same outputs'
        : 'The spiking network differs from its source'
    }: ${outputs}.${few}`,
    ...(findings.length === 0
      ? ['No layer of neurons adds an error: look at the read-out after the last neurons.']
      : []),
    ...(shares.length > 0 ? [`Of the errors that arise in its layers, ${shares.join(', ')}. The largest:`] : []),
    ...findings.map((finding) => `  ${describeFinding(finding)}`),
    ...(kinds.length > 0 ? ['What to do:'] : []),
    ...kinds.map((error) => `  ${remedyFor(error, findings, steps)}`),
  ].join('\n');
}

function describeFinding(finding: Finding): string {
  const { node, relative } = finding;
  if (finding.error === 'propagated') {
    return (
      `${node}: propagated error of ${percent(relative)}, ${finding.gain.toFixed(1)} times what ` +
      `${finding.from.join(', ')} ${finding.from.length === 1 ? 'gives' : 'give'} it`
    );
  }
  const share = `${percent(relative)} of its mean activation, ${percent(finding.share)} of all errors that arise`;
  switch (finding.error) {
    case 'clipping':
      return `${node}: clipping error of ${share}; its input exceeds θ`;
    case 'quantization':
      return `${node}: quantization error of ${share}`;
    case 'residual':
      return `${node}: residual error of ${share}; mostly ${
        finding.mostly === 'early'
          ? 'spikes fired before the inhibition arrived'
          : 'input that arrived too late to be fired'
      }`;
  }
}

function remedyFor(error: Finding['error'], findings: readonly Finding[], steps: number): string {
  const nodes = findings.filter((finding) => finding.error === error).map(({ node }) => node);
  switch (error) {
    case 'clipping':
      return `clipping: raise θ of ${nodes.join(', ')}: use a higher percentile, train it, or use one θ per channel.`;
    case 'quantization':
      return (
        `quantization: use more than ${steps} time steps, or fine-tune the source with quantization-clip at L = T (stage I), if that has not been done; ` +
        'a lower θ gives finer levels if clipping allows it.'
      );
    case 'residual':
      return (
        'residual: calibrate (stage II): initial potentials first, then weights, biases and potentials layer by layer with BPTT; ' +
        `start at ${nodes.join(', ')}. More steps reduce it slowly.`
      );
    case 'propagated':
      return `propagated: ${nodes.join(', ')} only ${nodes.length === 1 ? 'passes' : 'pass'} on ${nodes.length === 1 ? 'its' : 'their'} input error: fix the layers upstream.`;
  }
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
