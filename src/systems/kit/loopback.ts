/** A virtual system's own HTTP server on loopback: what its maker's server is to a driver in production. */
import http from 'node:http'
import type { AddressInfo } from 'node:net'

export interface WireRequest {
  method: string
  /** Path without the query. */
  path: string
  query: URLSearchParams
  /** Path and query exactly as sent. */
  url: string
  headers: http.IncomingHttpHeaders
  body: string
  /** Aborted when the caller has gone. */
  signal: AbortSignal
}

/** `drop`: the connection is cut without an answer. */
export type WireAnswer = { status: number; headers?: Record<string, string>; body?: string } | 'drop'

export interface Loopback extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  origin: string
}

/** Starts a server on a free port of loopback. An exception of `answer` becomes status 500, its text stays here. */
export async function listenOnLoopback(answer: (request: WireRequest) => Promise<WireAnswer>): Promise<Loopback> {
  const server = http.createServer((request, response) => {
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://loopback')
      const asked: WireRequest = {
        method: request.method ?? 'GET',
        path: url.pathname,
        query: url.searchParams,
        url: request.url ?? '/',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
        signal: gone.signal,
      }
      answer(asked).then(
        (given) => {
          if (given === 'drop') return void request.socket.destroy()
          const body = given.body ?? ''
          response.writeHead(given.status, { 'content-length': String(Buffer.byteLength(body)), ...given.headers })
          response.end(body)
        },
        () => {
          if (response.headersSent) return void request.socket.destroy()
          response.writeHead(500, { 'content-type': 'text/plain' })
          response.end('The virtual system failed.')
        },
      )
    })
  })
  // A virtual system keeps nothing running: what uses it does.
  server.unref()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
