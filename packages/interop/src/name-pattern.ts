/** The first pattern that a name matches as a whole; `*` stands for any run of characters, dots and slashes included. */
export function matchingPattern(name: string, patterns: readonly string[]): string | undefined {
  return patterns.find((pattern) => {
    const source = pattern.split('*').map((literal) => literal.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${source.join('.*')}$`, 's').test(name);
  });
}
