/** Steps and what they do: `1 step shows`, `2 steps show`. */
export function stepsThat(verb: string, count: number): string {
  return count === 1 ? `1 step ${verb}s` : `${count} steps ${verb}`;
}
