/** A load generator that costs little: raw sockets, one request at a time on each, answers read by their length. */
import { connect, type Socket } from 'node:net'

export interface LoadOptions {
  port: number
  path: string
  /** The API key it is asked with. */
  key: string
  /** The body of the n-th request. */
  body: (n: number) => string
  connections: number
  durationMs: number
}

export interface LoadResult {
  requestsPerSecond: number
  requests: number
  /** Answers that were not 200, and the first of them. */
  failures: number
  firstFailure: string | null
  /** Milliseconds. */
  p50: number
  p99: number
}

/** Sends requests over `connections` sockets for `durationMs`. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const latencies: number[] = []
  let next = 0
  let failures = 0
  let firstFailure: string | null = null
  const startedAt = performance.now()
  const until = startedAt + options.durationMs
  await Promise.all(
    Array.from({ length: options.connections }, async () => {
      const socket = await open(options.port)
      try {
        while (performance.now() < until) {
          const sentAt = performance.now()
          const answer = await exchange(socket, post(options.path, options.key, options.body(next++)))
          latencies.push(performance.now() - sentAt)
          if (!answer.startsWith('HTTP/1.1 200')) {
            failures++
            firstFailure ??= answer
          }
        }
      } finally {
        socket.destroy()
      }
    }),
  )
  const seconds = (performance.now() - startedAt) / 1000
  latencies.sort((a, b) => a - b)
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0
  return {
    requestsPerSecond: latencies.length / seconds,
    requests: latencies.length,
    failures,
    firstFailure,
    p50: at(0.5),
    p99: at(0.99),
  }
}

/** A POST with a JSON body. */
export function post(path: string, key: string, body: string): Buffer {
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    `authorization: Bearer ${key}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}

/** A connection to this machine. */
export function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })
}

/** Writes a request and reads one whole answer. */
export function exchange(socket: Socket, request: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const onData = (chunk: Buffer): void => {
      text += chunk.toString('latin1')
      const head = text.indexOf('\r\n\r\n')
      if (head === -1) return
      const length = /content-length: (\d+)/i.exec(text)
      if (length === null || text.length < head + 4 + Number(length[1])) return
      socket.off('data', onData)
      socket.off('close', onClose)
      resolve(text)
    }
    const onClose = (): void => reject(new Error('the server closed the connection'))
    socket.on('data', onData)
    socket.once('close', onClose)
    socket.write(request)
  })
}
