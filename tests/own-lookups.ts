import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

/** A place in the sources where a name is looked up in an object without asking whether the object has it itself. */
export interface UnguardedLookup {
  /** From the repository's root, with its line. */
  readonly place: string;
  readonly text: string;
}

/** The sources of all packages and apps, but for tests. */
function sourcesOf(root: string): readonly string[] {
  return ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(root, group)).flatMap((name) => {
      const folder = join(root, group, name, 'src');
      if (!existsSync(folder)) return [];
      return readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts') && !/\.(test|fixture|d)\.ts$/.test(file))
        .map((file) => join(folder, file));
    }),
  );
}

/** The source of what a package exports under a path, by its name: `@rheobase/network/node`. */
function entriesOf(root: string): ReadonlyMap<string, string> {
  const packages = readdirSync(join(root, 'packages')).filter((name) =>
    existsSync(join(root, 'packages', name, 'src')),
  );
  return new Map(
    packages.flatMap((name) => {
      const folder = join(root, 'packages', name);
      const { exports = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        readonly exports?: Readonly<Record<string, unknown>>;
      };
      return Object.entries(exports).flatMap(([path, entry]) => {
        const file = typeof entry === 'object' && entry !== null && 'default' in entry ? String(entry.default) : '';
        if (!file.endsWith('.js')) return [];
        const source = resolve(folder, file.replace('/dist/', '/src/').replace(/\.js$/, '.ts'));
        return [[`@rheobase/${name}${path.slice(1)}`, source] as const];
      });
    }),
  );
}

/** A program of the sources alone: what is imported from elsewhere has no type, which makes it quick. */
function programOf(root: string, files: readonly string[]): ts.Program {
  const entries = entriesOf(root);
  const options: ts.CompilerOptions = {
    strict: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    types: [],
    lib: ['lib.es2023.d.ts'],
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  };
  const host = ts.createCompilerHost(options);
  host.resolveModuleNameLiterals = (names, from) =>
    names.map(({ text }) => {
      const file = text.startsWith('.')
        ? resolve(dirname(from), text.replace(/\.js$/, '.ts'))
        : (entries.get(text) ?? undefined);
      const resolvedModule = file && existsSync(file) ? { resolvedFileName: file, extension: '.ts' } : undefined;
      return { resolvedModule };
    });
  return ts.createProgram([...files], options, host);
}

/** Whether any text may come out of an expression, rather than one of certain texts. */
function isAnyText(type: ts.Type): boolean {
  return type.isUnion() ? type.types.some(isAnyText) : (type.flags & ts.TypeFlags.String) !== 0;
}

/** Arguments that are numbers, or texts that stand there, without having to ask for their types. */
function isPlain(argument: ts.Expression): boolean {
  if (ts.isStringLiteralLike(argument) || ts.isNumericLiteral(argument)) return true;
  // Indices are short here; names are not.
  if (ts.isIdentifier(argument)) return argument.text.length < 3;
  return ts.isBinaryExpression(argument) || ts.isPrefixUnaryExpression(argument) || isNumberAsText(argument);
}

/** `String(t)` of a number, as no property of every object is called. */
function isNumberAsText(argument: ts.Expression): boolean {
  return ts.isCallExpression(argument) && argument.expression.getText() === 'String';
}

/** Every `record[name]` and `name in record` of the sources where the name may be any text. */
export function unguardedLookups(root: string): readonly UnguardedLookup[] {
  const files = sourcesOf(root);
  const program = programOf(root, files);
  const checker = program.getTypeChecker();
  return files.flatMap((file) => {
    const source = program.getSourceFile(file);
    if (source === undefined) throw new Error(`${file}: it was not read.`);
    const found: UnguardedLookup[] = [];
    const note = (node: ts.Node): void => {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      found.push({ place: `${relative(root, file)}:${line + 1}`, text: node.getText() });
    };
    const visit = (node: ts.Node): void => {
      if (ts.isElementAccessExpression(node) && !isPlain(node.argumentExpression)) {
        if (isAnyText(checker.getTypeAtLocation(node.argumentExpression))) note(node);
      }
      if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.InKeyword) {
        // `Symbol.iterator in value` asks for no name.
        const isName = !ts.isStringLiteralLike(node.left) && !/^(?:Symbol\.|#)/.test(node.left.getText());
        if (isName) note(node);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
}
