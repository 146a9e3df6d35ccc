import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';

/** A server on this machine, gone after the test. */
export interface FileServer {
  /** Where a file of this name is served. */
  url(name: string): string;
  /** What was asked for so far: path, and range if there was one. */
  readonly requests: readonly string[];
}

/** Answers each request by `answer`. */
export async function fileServer(
  answer: (request: IncomingMessage, response: ServerResponse, earlier: number) => void,
): Promise<FileServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push([request.url, request.headers.range].filter((part) => part !== undefined).join(' '));
    answer(request, response, requests.length - 1);
  });
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: (name) => `http://127.0.0.1:${port}/${name}`, requests };
}

/** Serves `content` as a server that knows ranges does. */
export function serveRanges(content: Uint8Array, request: IncomingMessage, response: ServerResponse): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (from === 0) response.writeHead(200, { 'content-length': content.length });
  else if (from >= content.length) response.writeHead(416, { 'content-range': `bytes */${content.length}` });
  else response.writeHead(206, { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` });
  response.end(content.subarray(from));
}
