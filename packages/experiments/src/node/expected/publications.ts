import type { Experiment } from '../experiment/experiment-schema.js';
import { besideSmoke, type NotComparable } from './verdict.js';

type Publication = NonNullable<Experiment['published']>[number];

/** A figure published for another method, with the one measured here at the same total latency. */
export interface ComparedPublication {
  readonly method: string;
  /** Where it was read. */
  readonly source: string;
  /** Of its source network, 0…1. */
  readonly ann?: number;
  /** T in all, steps that the method runs beforehand included. */
  readonly steps: number;
  readonly accuracy: number;
  /** Measured here, 0…1, and that less the published one; absent in a smoke run. */
  readonly measured?: number;
  readonly difference?: number;
  readonly verdict: NotComparable;
}

/**
 * Compares a measured accuracy with those that other methods published for the same network, set and total latency. This does not
 * reproduce them: they started from another source network and used another method.
 */
export function compare(
  published: Experiment['published'],
  steps: number,
  measured: number,
): readonly ComparedPublication[] {
  return publishedAt(steps, published).map(({ figure, reason }) => ({
    ...figure,
    measured,
    difference: measured - figure.accuracy,
    verdict: { kind: 'not comparable', reason },
  }));
}

/** Figures that other methods published for a smoke run's T, compared with nothing. */
export function compareSmoke(published: Experiment['published'], steps: number): readonly ComparedPublication[] {
  return publishedAt(steps, published).map(({ figure }) => ({ ...figure, verdict: besideSmoke }));
}

/** What was published for this total latency, and why it is not comparable. */
function publishedAt(
  steps: number,
  published: Experiment['published'],
): readonly { readonly figure: Omit<ComparedPublication, 'verdict'>; readonly reason: string }[] {
  return (published ?? []).flatMap(({ method, source, ann, stepsBefore, accuracyAt, reason }: Publication) => {
    const accuracy = accuracyAt[String(steps - stepsBefore)];
    if (accuracy === undefined) return [];
    return [{ figure: { method, source, ...(ann !== undefined && { ann }), steps, accuracy }, reason }];
  });
}
