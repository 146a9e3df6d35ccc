/** A path as one word of a command line, for pasting into a shell: quoted if it has spaces or special characters. */
export function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
