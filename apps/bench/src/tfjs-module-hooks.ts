// Hooks for Node's module loader, with which it reads the modules that tfjs-core publishes for bundlers: their relative
// imports have no endings, and their package.json does not say that they are ES modules.
import type { LoadHook, ResolveHook } from 'node:module';

const modules = /\/@tensorflow\/tfjs-core\/dist\/(?!tf-core\.node\.js$)/;

export const resolve: ResolveHook = async (specifier, context, next) => {
  if (!specifier.startsWith('.') || !modules.test(context.parentURL ?? '')) return next(specifier, context);
  try {
    return await next(`${specifier}.js`, context);
  } catch {
    return next(`${specifier}/index.js`, context);
  }
};

export const load: LoadHook = async (url, context, next) =>
  next(url, modules.test(url) ? { ...context, format: 'module' } : context);
