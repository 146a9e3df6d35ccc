/**
 * The first `most` of many things, for a message, and how many are left. If only one is left it is shown too: saying that there is one more takes as
 * much room as its name.
 */
export function someOf<Thing>(
  all: readonly Thing[],
  most: number,
): { readonly shown: readonly Thing[]; readonly left: number } {
  const shown = all.length === most + 1 ? all : all.slice(0, most);
  return { shown, left: all.length - shown.length };
}
