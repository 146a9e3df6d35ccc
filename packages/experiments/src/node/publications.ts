import type { Experiment } from './experiment-schema.js';

type Publication = NonNullable<Experiment['published']>[number];

/** A figure that was published for another method, beside the one measured here at the same total latency. */
export interface ComparedPublication {
  readonly method: string;
  /** Where it was read. */
  readonly source: string;
  /** Of its source network, 0…1. */
  readonly ann?: number;
  /** T in all, steps that the method runs beforehand included. */
  readonly steps: number;
  readonly accuracy: number;
  /** Measured here, 0…1, and that less the published one. */
  readonly measured: number;
  readonly difference: number;
  readonly verdict: { readonly kind: 'not comparable'; readonly reason: string };
}

/**
 * Sets a measured accuracy beside what other methods have published for the same network, set and total latency. That is no
 * reproduction of theirs: they began with another source network, and used another method.
 */
export function compare(
  published: Experiment['published'],
  steps: number,
  measured: number,
): readonly ComparedPublication[] {
  return (published ?? []).flatMap(({ method, source, ann, stepsBefore, accuracyAt, reason }: Publication) => {
    const accuracy = accuracyAt[String(steps - stepsBefore)];
    if (accuracy === undefined) return [];
    return [
      {
        method,
        source,
        ...(ann !== undefined && { ann }),
        steps,
        accuracy,
        measured,
        difference: measured - accuracy,
        verdict: { kind: 'not comparable', reason } as const,
      },
    ];
  });
}
