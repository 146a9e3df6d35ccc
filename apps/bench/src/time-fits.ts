import { ownValue } from '@rheobase/network';
import type { InferenceResult } from './inference-session.js';
import { fitLine, type LineFit } from './line-fit.js';

/** The contenders whose time goes by what fires. */
export const eventContenders = ['event-float32', 'event-int8'] as const;
export type EventContender = (typeof eventContenders)[number];

/** Time against cost, over all that was measured with one number of threads. */
export interface TimeFit {
  readonly contender: EventContender;
  readonly threads: number;
  /** Milliseconds of CPU time an image, over millions of synaptic operations an image. */
  readonly milliseconds: LineFit;
}

/** Milliseconds of CPU time that an image takes. */
export function millisecondsOf(result: InferenceResult, contender: string): number {
  const rates: Readonly<Record<string, number>> = result.imagesPerCpuSecond;
  return 1000 / (ownValue(rates, contender) ?? Number.NaN);
}

/** The lines through time and synaptic operations; none where they do not vary. */
export function fitsOf(results: readonly InferenceResult[]): readonly TimeFit[] {
  const threads = [...new Set(results.map((result) => result.threads))];
  return threads.flatMap((count) =>
    eventContenders.flatMap((contender) => {
      const points = results
        .filter((result) => result.threads === count)
        .map((result) => ({ x: result.sopsPerImage / 1e6, y: millisecondsOf(result, contender) }));
      const milliseconds = points.length > 2 ? fitLine(points) : undefined;
      return milliseconds === undefined ? [] : [{ contender, threads: count, milliseconds }];
    }),
  );
}

/** A line in words: what a synaptic operation takes, and what an image takes without any. */
export function describeFit({ contender, milliseconds: { slope, intercept, r2 } }: TimeFit): string {
  return (
    `${contender}: ${intercept.toFixed(3)} ms an image and ${(1000 * slope).toFixed(1)} ms a thousand million synaptic operations ` +
    `(R² ${r2.toFixed(3)})`
  );
}
