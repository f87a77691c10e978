/** A receiver of webhooks that writes down every message: which event came under which id, and whether the signature was right. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Random } from './random.ts'

export interface Receipt {
  /** The path it came to: one for each webhook. */
  path: string
  message_id: string
  event_id: string
  event_type: string
  isSigned: boolean
  /** Milliseconds of `performance.now()`. */
  at: number
}

export class StormReceiver implements AsyncDisposable {
  readonly receipts: Receipt[] = []
  readonly #secrets = new Map<string, string>()
  readonly #server: Server
  readonly #random: Random
  url = ''

  private constructor(random: Random) {
    this.#random = random
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const path = request.url ?? ''
        const text = Buffer.concat(chunks).toString('utf8')
        const event = JSON.parse(text) as { event_id: string; event_type: string }
        this.receipts.push({
          path,
          message_id: String(request.headers['svix-id']),
          event_id: event.event_id,
          event_type: event.event_type,
          isSigned: this.#isSigned(path, request.headers, text),
          at: performance.now(),
        })
        // Some answers take a while, so that senders are killed between sending and recording.
        const wait = this.#random.chance(0.15) ? this.#random.between(20, 150) : 0
        setTimeout(() => response.end('{}'), wait)
      })
    })
  }

  static async start(random: Random): Promise<StormReceiver> {
    const receiver = new StormReceiver(random)
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve))
    receiver.url = `http://127.0.0.1:${(receiver.#server.address() as AddressInfo).port}`
    return receiver
  }

  /** From now on messages to this path are checked against the webhook's secret. */
  knows(path: string, secret: string): void {
    this.#secrets.set(path, secret)
  }

  #isSigned(path: string, headers: IncomingHttpHeaders, text: string): boolean {
    const secret = this.#secrets.get(path)
    // The first message may be here before the answer that brings the secret.
    if (secret === undefined) return true
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
    const signed = `${String(headers['svix-id'])}.${String(headers['svix-timestamp'])}.${text}`
    const wanted = Buffer.from(createHmac('sha256', key).update(signed).digest('base64'))
    return String(headers['svix-signature'])
      .split(' ')
      .map((one) => Buffer.from(one.replace(/^v1,/, '')))
      .some((one) => one.length === wanted.length && timingSafeEqual(one, wanted))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
