// A run that a test kills and starts again. Prints a dot whenever it tells how far it is. Arguments: the experiment file, the folder.
import { openSplit, readExperimentFile, reproduce } from '@rheobase/experiments/node';

const [file, out] = process.argv.slice(2);
await reproduce({
  experiment: await readExperimentFile(file),
  out,
  deterministic: true,
  openTraining: () => openSplit('glyphs', { split: 'train' }),
  openTest: () => openSplit('glyphs', { split: 'test' }),
  onProgress: () => process.stdout.write('.'),
});
