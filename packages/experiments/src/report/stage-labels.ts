import { stageInWords } from './stage-words.js';

/** A stage of a result, and its label. */
export interface LabelledStage<Stage> {
  /** As files and the result have it; of the best pass of stage II, `stage2`. */
  readonly name: string;
  readonly label: string;
  readonly stage: Stage;
}

/**
 * The stages of a result with one label each, which tables, pictures and lists share. The best pass of stage II and the last extension have two
 * names each in a result; they are shown once, under the label of the pass, and of the extension.
 *
 * @param known names of all stages, which determine the number of the last extension
 */
export function labelledStages<Stage extends { readonly chosen?: string | undefined }>(
  stages: Readonly<Record<string, Stage>>,
  known: readonly string[],
): readonly LabelledStage<Stage>[] {
  const chosen = stages['stage2']?.chosen;
  const isTold = chosen !== undefined && Object.hasOwn(stages, chosen);
  const last = known.findLast((name) => /^extensions-\d+$/.test(name));
  return Object.entries(stages).flatMap(([name, stage]) => {
    if (name === 'stage2' && isTold) return [];
    if (name === 'extensions' && last !== undefined) {
      return Object.hasOwn(stages, last) ? [] : [{ name, label: stageInWords(last), stage }];
    }
    return [{ name: name === chosen ? 'stage2' : name, label: stageInWords(name), stage }];
  });
}
