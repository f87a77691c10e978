/** Speaks to the server over HTTP, on connections that stay open. */
import { Agent, request } from 'node:http'

export interface Answer {
  status: number
  // Answers are read field by field.
  body: Record<string, any> // eslint-disable-line @typescript-eslint/no-explicit-any
}

export class Client {
  #agent = new Agent({ keepAlive: true, maxSockets: 256, scheduling: 'fifo' })
  #port = 0
  #token = ''
  /** Path -> how often it was asked, and how long that took in all (milliseconds). */
  readonly timings = new Map<string, { calls: number; ms: number }>()

  /** A server that was started again listens elsewhere. */
  connectTo(url: string, token: string): void {
    this.#agent.destroy()
    this.#agent = new Agent({ keepAlive: true, maxSockets: 256, scheduling: 'fifo' })
    this.#port = Number(new URL(url).port)
    this.#token = token
  }

  close(): void {
    this.#agent.destroy()
  }

  async post(path: string, body: object, workspaceId: string | null): Promise<Answer> {
    const startedAt = performance.now()
    const answer = await this.#post(path, body, workspaceId)
    const timing = this.timings.get(path) ?? { calls: 0, ms: 0 }
    timing.calls++
    timing.ms += performance.now() - startedAt
    this.timings.set(path, timing)
    return answer
  }

  #post(path: string, body: object, workspaceId: string | null): Promise<Answer> {
    const text = JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          agent: this.#agent,
          host: '127.0.0.1',
          port: this.#port,
          method: 'POST',
          path,
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(text),
            authorization: `Bearer ${this.#token}`,
            ...(workspaceId === null ? {} : { 'seam-workspace': workspaceId }),
          },
        },
        (response) => {
          let answer = ''
          response.setEncoding('utf8')
          response.on('data', (chunk: string) => (answer += chunk))
          response.on('end', () => {
            try {
              resolve({ status: response.statusCode ?? 0, body: JSON.parse(answer) as Answer['body'] })
            } catch {
              reject(
                new Error(`${path} answered ${response.statusCode} with what is not JSON: ${answer.slice(0, 200)}`),
              )
            }
          })
          response.on('error', reject)
        },
      )
      sent.on('error', reject)
      sent.end(text)
    })
  }
}
