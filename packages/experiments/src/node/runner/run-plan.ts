import { startTensorBackend } from '@rheobase/execution';
import { kernelBuild, registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { defaultRegistries, pluginHashes } from '../../registries.js';
import { keepCommand } from '../folder/run-command.js';
import { imageHashes } from '../folder/image-hashes.js';
import { jsonOf } from '../folder/json-of.js';
import { versions } from '../folder/record.js';
import { openRunFolder, type RunFolder, runTask } from '../folder/run-folder.js';
import { engineNamed } from '../stages/choose-engine.js';
import { bestOf, type FinishedStage } from './finished-stage.js';
import type { Origin, Plan, RunMeans, StageMeans } from './plan.js';
import { runStage } from './run-stage.js';
import { noteFailure } from './stopped-early.js';
import type { ScoredSet, SplitImages } from './task.js';
import { measureOnTest, type TestImages, testImages } from './test-images.js';

/** Of results; those from before it was written have other names for stages. */
export const resultVersion = 2;

export type Versioned<Result> = { readonly version: number } & Result;

/**
 * Runs a plan: claims the folder, does every stage that is not done yet, and then, every choice made, reads the test images once and leaves
 * the result. Interrupted at any moment and called again, it resumes and reaches the same result.
 *
 * @throws {StoppedEarly} if the signal stopped it.
 * @throws if the folder holds another run, or an input of the plan does not fit, naming it.
 */
export async function runPlan<
  Images extends ScoredSet,
  Split extends SplitImages<Images>,
  Figures,
  Result extends object,
>(plan: Plan<Images, Split, Figures, Result>, given: RunMeans): Promise<Versioned<Result>> {
  const { threads = 1, deterministic = false, engine = 'tfjs', registries = defaultRegistries } = given;
  const { smoke, signal, onNotice, onProgress, onStage } = given;
  await startTensorBackend();
  await registerTrainingKernels({ deterministic });
  const kernels = kernelBuild();

  const { split, close } = await plan.task.open();
  let folder: RunFolder | undefined;
  let test: TestImages<Images> | undefined;
  try {
    const hashes = { ...plan.hashes, ...(await imageHashes(plan.task.hashed(split))) };
    const plugins = pluginHashes(registries);
    const identity = {
      ...plan.identity(hashes, kernels),
      // Runs that were started before there was a choice name neither.
      ...(engine !== 'tfjs' && { engine }),
      ...(plugins && { plugins }),
    };
    folder = await openRunFolder(
      given.out,
      jsonOf(identity),
      { ...plan.description, ...(smoke && { smoke }), versions: await versions() },
      onNotice,
    );
    folder.metrics.note(runTask, { event: 'begun', threads, process: process.pid, ...(await versions()) });
    await keepCommand(folder, given.command);
    given.onBegin?.();
    for (const notice of plan.notices ?? []) onNotice?.(notice);

    const done = new Map<string, FinishedStage>();
    const means: StageMeans<Split> = {
      split,
      steps: plan.steps,
      seed: plan.seed,
      threads,
      kernels,
      registries,
      startEngine: engineNamed(engine, threads, registries),
      folder,
      signal,
      onNotice,
      onProgress,
      stage: (origin) => stageOf(done, origin),
    };
    await plan.begin?.(means);
    for (const stage of plan.stages) done.set(stage.name, await runStage({ plan, means, onStage }, stage));
    for (const [name, origin] of Object.entries(plan.networks)) {
      await folder.writeNetwork(name, means.stage(origin).network);
    }

    // Every choice is made: the test set is read here.
    const opened = (test = testImages(plan, means));
    const figures = await measureOnTest(plan, means, opened);
    const sha256 = await opened.sha256();
    const found = await plan.result({
      ...means,
      stages: [...done.values()],
      figures,
      test: opened.opened,
      hashes: { ...hashes, ...(sha256 !== undefined && { test: sha256 }) },
      smoke,
    });
    const result = { version: resultVersion, ...found };
    await folder.write(folder.files.result, result);
    return result;
  } catch (error) {
    await noteFailure(folder, error);
    throw error;
  } finally {
    await folder?.close();
    await test?.close();
    await close();
  }
}

function stageOf(done: ReadonlyMap<string, FinishedStage>, origin: Origin): FinishedStage {
  const names = typeof origin === 'string' ? [origin] : origin.bestOf;
  const found = bestOf(
    names.map((name) => {
      const stage = done.get(name);
      if (stage === undefined) throw new Error(`The stage '${name}' comes before it is done.`);
      return stage;
    }),
  );
  if (found === undefined) throw new Error('There is no stage to choose from.');
  return found;
}
