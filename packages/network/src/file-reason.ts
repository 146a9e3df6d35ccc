import { ownValue } from './own-value.js';
/** What the system's error codes mean to the user who gave a path. */
const inWords: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EISDIR: 'it is a folder, not a file',
  EEXIST: 'there is a file of this name',
  ENOTDIR: 'a part of this path is a file, not a folder',
  EACCES: 'there is no permission for it',
  EPERM: 'there is no permission for it',
  EROFS: 'the disk can only be read',
  ENOSPC: 'the disk is full; make room there and try again',
  EDQUOT: 'the quota of this disk is used up; make room there and try again',
};

/** Why the system could not read or write a file, for messages that name it: the code and its meaning. */
export function fileReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const meaning = ownValue(inWords, code);
  return meaning === undefined ? error.message : `${code}: ${meaning}`;
}
