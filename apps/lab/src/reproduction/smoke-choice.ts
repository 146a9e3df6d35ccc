import {
  type Experiment,
  type Registries,
  type ReproduceOptions,
  smokeData,
  smokeExperiment,
} from '@rheobase/experiments/node';

/** What a smoke run does instead of an experiment. */
export type SmokeChoice = Pick<ReproduceOptions, 'experiment' | 'openTraining' | 'openTest' | 'smoke'> & {
  readonly smoke: readonly string[];
};

/** The smoke run of an experiment, on what data and weights there are. */
export async function smokeChoice(
  experiment: Experiment,
  {
    weights,
    dataDir,
    steps,
    limit: testImages,
  }: {
    readonly weights?: string | undefined;
    readonly dataDir?: string | undefined;
    readonly steps?: number | undefined;
    readonly limit?: number | undefined;
  },
  registries: Registries,
): Promise<SmokeChoice> {
  const { experiment: small, reductions } = smokeExperiment(
    experiment,
    weights !== undefined,
    { steps, testImages },
    registries,
  );
  const { openTraining, openTest, reductions: ofData } = await smokeData(small, dataDir, registries);
  return { experiment: small, openTraining, openTest, smoke: [...reductions, ...ofData] };
}
