/** `wanted` if nothing has that name yet, else `wanted.2`, `wanted.3`, …: the first that is free. */
export function freeName(wanted: string, taken: { has(name: string): boolean }): string {
  let name = wanted;
  for (let n = 2; taken.has(name); n += 1) name = `${wanted}.${n}`;
  return name;
}
