import type { ReportedRun } from './reported-run.js';

/** What runs of a task are judged by, and how a file of it is named. */
export interface ScoreName {
  readonly name: string;
  /** As the start of a sentence. */
  readonly title: string;
  readonly file: string;
}

const names: Readonly<Record<ReportedRun['task'], ScoreName>> = {
  classification: { name: 'accuracy', title: 'Accuracy', file: 'accuracy' },
  detection: { name: 'mean AP@0.5', title: 'Mean AP@0.5', file: 'mean-ap' },
};

export function scoreName(task: ReportedRun['task']): ScoreName {
  return names[task];
}
