/**
 * Turns at an endpoint: each has a share of the sends under way at once. A busy endpoint makes its own deliveries
 * wait a moment; a slow one has them given back, so that they hold up nobody else's.
 */
import type { Clock } from '../clock.ts'

export interface TurnsOptions {
  clock: Clock
  /** Sends under way at once to one endpoint. */
  share: number
  /** An endpoint is slow when its share is taken up and the oldest send under way is older than this; also the longest wait for a turn. */
  slowMs: number
}

interface Endpoint {
  /** When each send under way began, oldest first. */
  began: Set<{ at: number }>
  waiting: ((end: EndTurn) => void)[]
}

/** Ends a turn. */
export type EndTurn = () => void

export class Turns {
  readonly #options: TurnsOptions
  readonly #endpoints = new Map<string, Endpoint>()

  constructor(options: TurnsOptions) {
    this.#options = options
  }

  /** A turn at the endpoint `id`, or null when it is slow: then come back later. */
  async take(id: string): Promise<EndTurn | null> {
    const { clock, share, slowMs } = this.#options
    let endpoint = this.#endpoints.get(id)
    if (endpoint === undefined) {
      endpoint = { began: new Set(), waiting: [] }
      this.#endpoints.set(id, endpoint)
    }
    if (endpoint.began.size < share) return this.#begin(id, endpoint)
    const [oldest] = endpoint.began
    if (oldest !== undefined && clock.now() - oldest.at > slowMs) return null
    const { waiting } = endpoint
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(turn), 1)
        resolve(null)
      }, slowMs)
      const turn = (end: EndTurn) => {
        clearTimeout(timer)
        resolve(end)
      }
      waiting.push(turn)
    })
  }

  #begin(id: string, endpoint: Endpoint): EndTurn {
    const send = { at: this.#options.clock.now() }
    endpoint.began.add(send)
    return () => {
      if (!endpoint.began.delete(send)) return
      const next = endpoint.waiting.shift()
      if (next !== undefined) next(this.#begin(id, endpoint))
      else if (endpoint.began.size === 0) this.#endpoints.delete(id)
    }
  }
}
