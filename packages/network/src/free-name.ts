/** `wanted` if that name is free, else the first free one of `wanted.2`, `wanted.3`, … */
export function freeName(wanted: string, taken: { has(name: string): boolean }): string {
  let name = wanted;
  for (let n = 2; taken.has(name); n += 1) name = `${wanted}.${n}`;
  return name;
}
