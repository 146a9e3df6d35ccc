import {
  type FinishedStage,
  type Plan,
  runPlan,
  type RunMeans,
  type ScoredSet,
  type SplitImages,
  type Versioned,
} from '@rheobase/experiments/node';
import { scoreName, stageInWords } from '@rheobase/experiments/report';
import { type CommandOutput, say } from '../output/command-output.js';
import { interruptible } from '../output/interruptible.js';
import { taskBar } from '../output/progress.js';
import { percent } from '../output/figures.js';

/** Writes a line below the current progress bar. */
export type Tell = (line: string) => void;

/** Runs a plan, reporting its progress and the result of every stage; after Ctrl-C it can be resumed. */
export async function runTold<
  Images extends ScoredSet,
  Split extends SplitImages<Images>,
  Figures,
  Result extends object,
>(
  output: CommandOutput,
  planned: (tell: Tell) => Promise<Plan<Images, Split, Figures, Result>>,
  means: Omit<RunMeans, 'signal' | 'onBegin' | 'onProgress' | 'onStage' | 'onNotice'>,
): Promise<Versioned<Result>> {
  const bar = taskBar(output);
  const tell = (line: string): void => {
    bar.end();
    say(output, line);
  };
  const plan = await planned(tell);
  return interruptible(output, (signal) =>
    runPlan(plan, {
      ...means,
      signal,
      onBegin: () => {
        for (const reduction of means.smoke ?? []) say(output, `smoke run: ${reduction}`);
        say(output, `${plan.title}, in ${means.out}`);
      },
      onProgress: ({ task, done, total, unit, note }) => bar.to(stageInWords(task), { done, total, unit, note }),
      onStage: (stage) => tell(stageLine(stage, plan.task.score)),
      onNotice: tell,
    }),
  ).finally(bar.end);
}

function stageLine({ name, validation, seconds }: FinishedStage, score: 'Accuracy' | 'MeanApAtHalf'): string {
  const found = percent(validation.score);
  const told =
    score === 'Accuracy'
      ? `${found} of ${validation.images} held out`
      : `${scoreName('detection').name} ${found} on held-out images`;
  return `${stageInWords(name)}: ${told}, ${seconds.toFixed(0)} s`;
}
