/** A path as one word of a command line, to be pasted into a shell: in quotes where it has spaces or signs that shells read. */
export function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
