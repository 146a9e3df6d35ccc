import { shortName } from './reading-limits.js';
import { someOf } from './some-of.js';

/** Names that a message lists before it only counts them. */
const mostNamed = 10;

/** A fault in words, with everything that has it. */
export interface SharedFault {
  readonly message: string;
  /** Their names, at most the first ten. */
  readonly subjects: string;
}

/** Faults for a message: one that several subjects share is said once, where the first of them has it. */
export function saidOnce(
  faults: readonly { readonly subject: string; readonly message: string }[],
): readonly SharedFault[] {
  const sharing = new Map<string, string[]>();
  for (const { subject, message } of faults) {
    const subjects = sharing.get(message) ?? [];
    subjects.push(subject);
    sharing.set(message, subjects);
  }
  return [...sharing].map(([message, subjects]) => {
    const { shown, left } = someOf(subjects, mostNamed);
    const names = shown.map(shortName).join(', ');
    return { message, subjects: left > 0 ? `${names} and ${left} more` : names };
  });
}
