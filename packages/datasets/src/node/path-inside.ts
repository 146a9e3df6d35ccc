import { join } from 'node:path';
import { inWords, readingLimits, shortName } from '@rheobase/network';

/** Absolute on this system or another one, of a drive, or with a part that leads upwards. */
const leavesFolder = /^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)|\0/;

/**
 * The path of a file that a set's own list names, in the set's folder. Names come from the list's author, so one that leaves the
 * folder is refused, and one longer than a path can be. Links in the folder are followed wherever they lead, because the owner of the folder made them.
 *
 * @param error makes the error of a reason, which should name the list and the entry in it
 * @throws what `error` makes, if the name leaves the folder.
 */
export function pathInside(folder: string, name: string, error: (reason: string) => Error): string {
  const { nameLength } = readingLimits;
  if (name.length > nameLength) {
    throw error(`the file name ${inWords(name)} has ${name.length} characters; at most ${nameLength} are read`);
  }
  if (leavesFolder.test(name)) {
    throw error(
      `the file name ${JSON.stringify(shortName(name))} leads out of ${folder}; names must be relative to it, without '..'`,
    );
  }
  return join(folder, name);
}
