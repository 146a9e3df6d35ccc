import { runFiles, type RunResult, type Verdict } from '@rheobase/experiments/node';
import { stageInWords } from '@rheobase/experiments/report';
import { percent } from '../output/figures.js';

/** What results of all runs have in common. */
interface AnyResult {
  readonly seconds: Readonly<Record<string, number>>;
  readonly smoke?: readonly string[];
}

/**
 * The lines below the table of a run's stages: its images, its duration, and its network.
 *
 * @param result the result, with `network` as text
 */
export function remarksOnStages(
  { images, network, ...result }: AnyResult & { readonly images: number; readonly network: string },
  out: string,
): readonly string[] {
  return [
    `${images} test images, read once, after every choice was made.`,
    `${minutesOf(result)} ${runFiles(out).network} is '${network}', chosen on held-out training images.`,
    ...remarkOnSmoke(result),
  ];
}

export function minutesOf({ seconds }: AnyResult): string {
  return `${((seconds['total'] ?? 0) / 60).toFixed(1)} minutes.`;
}

/** A warning that figures of a smoke run are meaningless. */
export function remarkOnSmoke({ smoke }: AnyResult): readonly string[] {
  return smoke === undefined ? [] : [`A smoke run, whose figures mean nothing: ${smoke.join('; ')}.`];
}

/** Published figures next to those of a run, or why none is expected. */
export function figuresInWords({
  expectations = [],
  published = [],
  reason,
}: {
  readonly expectations?: RunResult['expectations'];
  readonly published?: RunResult['published'];
  readonly reason?: string | undefined;
}): readonly string[] {
  return [
    ...expectations.map(
      ({ stage, accuracy, source, ...found }) =>
        `${stageInWords(stage)}: expected ${percent(accuracy)} (${source})${besideIt(found)}`,
    ),
    ...published.map(
      ({ method, source, steps, accuracy, ...found }) =>
        `${method} (${source}) at T = ${steps}: ${percent(accuracy)}${besideIt(found)}`,
    ),
    ...(reason === undefined ? [] : [`No figure is expected: ${reason}.`]),
  ];
}

function besideIt({
  measured,
  difference = Number.NaN,
  verdict,
}: Pick<RunResult['expectations'][number], 'measured' | 'difference' | 'verdict'>): string {
  const points = `${difference < 0 ? '−' : '+'}${(100 * Math.abs(difference)).toFixed(2)} points`;
  return `${measured === undefined ? '' : `, here ${percent(measured)} (${points})`}: ${verdictInWords(verdict)}`;
}

function verdictInWords(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'reproduced':
      return 'reproduced';
    case 'short':
      return `short by ${percent(verdict.by)} more than the tolerance`;
    case 'not comparable':
      return `not comparable: ${verdict.reason}`;
  }
}
