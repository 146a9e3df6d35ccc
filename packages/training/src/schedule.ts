/** The learning rate at a point of training; `progress` runs from 0 at the first step towards 1 at the end. */
export type Schedule = (progress: number) => number;

/** The same rate throughout. */
export function constantRate(rate: number): Schedule {
  return () => rate;
}

/** Half a cosine from `rate` to 0 (METHOD §1, §3). */
export function cosine(rate: number): Schedule {
  return (progress) => (rate * (1 + Math.cos(Math.PI * Math.min(Math.max(progress, 0), 1)))) / 2;
}

/** Rises in a straight line from 0 over the first `share` of training, then follows another schedule over the rest. */
export function warmUp(share: number, then: Schedule): Schedule {
  return (progress) => (progress < share ? (then(0) * progress) / share : then((progress - share) / (1 - share)));
}
