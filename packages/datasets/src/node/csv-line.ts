/** The fields of a line of comma-separated values; one in double quotes may hold commas, and quotes written twice. */
export function parseCsvLine(line: string): readonly string[] {
  const fields: string[] = [];
  const field = /(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g;
  for (const [, quoted, plain = ''] of line.matchAll(field)) fields.push(quoted?.replaceAll('""', '"') ?? plain);
  return fields;
}
