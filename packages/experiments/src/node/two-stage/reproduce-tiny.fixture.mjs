// A run that a test kills and starts again. Prints a dot whenever it tells how far it is. Arguments: the experiment file, the folder.
import { openSplit, readExperimentFile, runPlan, twoStagePlan } from '@rheobase/experiments/node';

const [file, out] = process.argv.slice(2);
const plan = await twoStagePlan({
  experiment: await readExperimentFile(file),
  openTraining: () => openSplit('glyphs', { split: 'train' }),
  openTest: () => openSplit('glyphs', { split: 'test' }),
});
await runPlan(plan, { out, deterministic: true, onProgress: () => process.stdout.write('.') });
