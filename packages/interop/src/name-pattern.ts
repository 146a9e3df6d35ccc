/** The first pattern that a name matches as a whole; `*` matches any run of characters, including dots and slashes. */
export function matchingPattern(name: string, patterns: readonly string[]): string | undefined {
  return patterns.find((pattern) => {
    const source = pattern.split('*').map((literal) => literal.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${source.join('.*')}$`, 's').test(name);
  });
}

/**
 * A function that renames by rules `PATTERN=NAME`, the first whose pattern fits: what a `*` of the pattern stood for takes the place of
 * the `*` in the name, one after the other. `fc.*=linear.*` makes `linear.weight` of `fc.weight`.
 *
 * @throws naming the rule, if it has no `=`, or more `*` in the name than in the pattern.
 */
export function renamingBy(rules: readonly string[]): (name: string) => string {
  const read = rules.map((rule) => {
    const at = rule.indexOf('=');
    const [pattern, target] = [rule.slice(0, at), rule.slice(at + 1)];
    const stars = (text: string): number => text.split('*').length - 1;
    if (at < 1 || stars(target) > stars(pattern)) {
      throw new Error(
        `The rule '${rule}' must be written PATTERN=NAME, with no more * in the name than in the pattern, such as 'fc.*=linear.*'.`,
      );
    }
    const source = pattern.split('*').map((literal) => literal.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return { expression: new RegExp(`^${source.join('(.*)')}$`, 's'), parts: target.split('*') };
  });
  return (name) => {
    for (const { expression, parts } of read) {
      const found = expression.exec(name);
      if (found !== null)
        return parts.map((part, index) => (index === 0 ? part : `${found[index] ?? ''}${part}`)).join('');
    }
    return name;
  };
}
