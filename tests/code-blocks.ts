/** A fenced code block of a page of Markdown. */
export interface CodeBlock {
  /** As the fence says: `ts` is run, `typescript` is part of a program and compiled, `sh` are command lines. */
  readonly language: string;
  readonly text: string;
  /** Declarations that its program has besides, from a comment `<!-- given … -->` right before it. */
  readonly given: string;
  /** Why it is not run, from a comment `<!-- not run: … -->` right before it. */
  readonly notRun: string | undefined;
}

const block = /(?:<!-- given\r?\n([\s\S]*?)-->\r?\n|<!-- not run: (.*?) -->\r?\n)?^```(\w+)\r?\n([\s\S]*?)^```/gm;

/** The fenced blocks of a page, in order. */
export function blocksOf(page: string): readonly CodeBlock[] {
  return [...page.matchAll(block)].map(([, given = '', notRun, language = '', text = '']) => ({
    language,
    text,
    given,
    notRun,
  }));
}

/** The page's blocks of a language as one program, or nothing where there are none. */
export function programOf(page: string, language: 'ts' | 'typescript'): string | undefined {
  const blocks = blocksOf(page).filter((found) => found.language === language);
  return blocks.length === 0 ? undefined : blocks.map(({ given, text }) => given + text).join('\n');
}

/** Words of the command lines of `rheobase` in a text, the program's own name left out; lines that end in `\` go on. */
export function commandLines(text: string): readonly (readonly string[])[] {
  return text
    .replaceAll(/\\\r?\n\s*/g, '')
    .split('\n')
    .map((line) => /^\s*(?:pnpm -s )?rheobase ([^#]*)/.exec(line)?.[1]?.trim())
    .filter((line) => line !== undefined)
    .map((line) => line.split(/\s+/));
}

/** What stands for something of the reader's own in a command line: DATA, FILE, FOLDER. */
export const isPlaceholder = (word: string): boolean => /(?:^|\/)[A-Z]{2,}\b/.test(word);
