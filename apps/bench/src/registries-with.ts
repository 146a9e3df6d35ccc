import type { Registries } from '@rheobase/experiments/node';

/**
 * What names mean in a process of the bench: the built-in entries, unless there are plugins. The package that loads plugins is imported
 * for them alone, as a process should hold its own contender and nothing else.
 */
export async function registriesWith(plugins: readonly string[]): Promise<Partial<Registries>> {
  if (plugins.length === 0) return {};
  const { defaultRegistries, withPlugins } = await import('@rheobase/experiments/node');
  return withPlugins(defaultRegistries, plugins);
}
