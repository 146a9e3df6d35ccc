/** The learning rate at a point of training; `progress` runs from 0 at the first step towards 1 at the end. */
export type Schedule = (progress: number) => number;

/** The same rate throughout. */
export function constantRate(learningRate: number): Schedule {
  return () => learningRate;
}

/** Half a cosine from `learningRate` to `end`; default: 0 (METHOD §1, §3). */
export function cosine(learningRate: number, { end = 0 }: { readonly end?: number } = {}): Schedule {
  return (progress) => end + ((learningRate - end) * (1 + Math.cos(Math.PI * Math.min(Math.max(progress, 0), 1)))) / 2;
}

/** A straight line from `learningRate` to `end`; default: 0. After a {@link warmUp} it is the one-cycle schedule (Smith, 2018, arXiv:1803.09820). */
export function linear(learningRate: number, { end = 0 }: { readonly end?: number } = {}): Schedule {
  return (progress) => learningRate + (end - learningRate) * Math.min(Math.max(progress, 0), 1);
}

/**
 * Starts at `learningRate` and is multiplied by `factor` whenever `progress` reaches one of `at`.
 *
 * @param at points of training, 0…1, in any order
 */
export function stepwise(
  learningRate: number,
  { at, factor = 0.1 }: { readonly at: readonly number[]; readonly factor?: number },
): Schedule {
  return (progress) => learningRate * factor ** at.filter((point) => progress >= point).length;
}

/**
 * Rises in a straight line over the first `share` of training, from `start` (default: 0) to the start of another schedule,
 * then follows that one over the rest.
 */
export function warmUp(share: number, then: Schedule, { start = 0 }: { readonly start?: number } = {}): Schedule {
  return (progress) =>
    progress < share ? start + ((then(0) - start) * progress) / share : then((progress - share) / (1 - share));
}
