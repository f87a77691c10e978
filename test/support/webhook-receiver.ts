/**
 * A receiver of webhooks on loopback that records what comes in and answers as it is told.
 * `await using receiver = await startReceiver()`, then `webhooks/create {url: receiver.url}`.
 */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SeamWebhook } from '../clients/sdks.ts'

export interface Received {
  path: string
  headers: IncomingHttpHeaders
  /** The body as it was signed. */
  text: string
  /** The event in it. */
  event: { event_id: string; event_type: string; [field: string]: unknown }
}

/** How a request is answered; `hang` never is. */
export type Answer = number | 'hang' | { redirect: string }

export interface Receiver extends AsyncDisposable {
  url: string
  port: number
  /** Everything that came in, in order, whatever was answered. */
  received: Received[]
  /** The next requests are answered so, in this order; the rest as `otherwise`. */
  next(...answers: Answer[]): void
  /** How requests are answered that `next` says nothing about; 200 to begin with. */
  otherwise: Answer
  /** Waits until `count` requests with this event type (any, when absent) have come in, and gives them. */
  waitFor(count: number, eventType?: string, timeoutMs?: number): Promise<Received[]>
  /** The event in a request, as the official verifier reads it. @throws when the signature does not fit the secret. */
  verify(received: Received, secret: string): Record<string, unknown>
  /** Ends all connections and stops listening. */
  stop(): Promise<void>
}

/** Starts a receiver; `port` 0 = any. */
export async function startReceiver(port = 0): Promise<Receiver> {
  const received: Received[] = []
  const planned: Answer[] = []
  const watchers = new Set<() => void>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      const event = text === '' ? { event_id: '', event_type: '' } : (JSON.parse(text) as Received['event'])
      received.push({ path: request.url ?? '', headers: request.headers, text, event })
      const answer = planned.shift() ?? receiver.otherwise
      if (answer !== 'hang') {
        if (typeof answer === 'number') response.writeHead(answer)
        else response.writeHead(302, { location: answer.redirect })
        response.end('{"received":true}')
      }
      for (const watcher of watchers) watcher()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address() as AddressInfo
  let isStopped = false
  const stop = async (): Promise<void> => {
    if (isStopped) return
    isStopped = true
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  const receiver: Receiver = {
    url: `http://127.0.0.1:${address.port}/webhook`,
    port: address.port,
    received,
    otherwise: 200,
    next: (...answers) => void planned.push(...answers),
    waitFor(count, eventType, timeoutMs = 10_000) {
      const matching = () => received.filter(({ event }) => eventType === undefined || event.event_type === eventType)
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          watchers.delete(look)
          const seen = received.map(({ event }) => event.event_type).join(', ')
          reject(
            new Error(`${matching().length} of ${count} requests came in (${eventType ?? 'any type'}); seen: ${seen}`),
          )
        }, timeoutMs)
        const look = () => {
          if (matching().length < count) return
          clearTimeout(timer)
          watchers.delete(look)
          resolve(matching())
        }
        watchers.add(look)
        look()
      })
    },
    verify: ({ text, headers }, secret) => new SeamWebhook(secret).verify(text, headers as Record<string, string>),
    stop,
    [Symbol.asyncDispose]: stop,
  }
  return receiver
}
