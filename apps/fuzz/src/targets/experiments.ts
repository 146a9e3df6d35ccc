import { readAnyExperimentFile } from '@rheobase/experiments/node';
import { changedBytes, changedText, type FuzzTarget, mutatedSamples } from '@rheobase/testing/fuzz';
import { samplesOf } from './samples-of.js';

/** The published experiment files, of every kind, as YAML. */
export function experimentsTarget(): FuzzTarget {
  const samples = [
    ...samplesOf('apps/lab/experiments/two-stage', '.yaml'),
    ...samplesOf('apps/lab/experiments/methods', '.yaml'),
  ];
  return {
    extension: '.yaml',
    named: 'input.yaml',
    onDisk: true,
    generate: mutatedSamples(samples, changedText, changedText, changedText, changedBytes),
    run: (_, file) => readAnyExperimentFile(file),
  };
}
