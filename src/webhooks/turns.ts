/**
 * Turns at an endpoint: each has a share of the sends under way at once. A busy endpoint makes its own deliveries
 * wait a moment; one that does not get on has them given back, so that they hold up nobody else's.
 */
import type { Clock } from '../clock.ts'

export interface TurnsOptions {
  clock: Clock
  /** Sends under way at once to one endpoint. */
  share: number
  /** The same while its last send was slow: enough to notice that it is quick again. */
  slowShare: number
  /** An endpoint is stuck when its share is taken up and no send has ended for so long; nobody waits at a stuck one (milliseconds). */
  stuckMs: number
  /** A send that took longer was slow (milliseconds). */
  slowMs: number
}

interface Send {
  at: number
}

interface Endpoint {
  underWay: Set<Send>
  /** When a send last ended in good time; when the first one began, before that. */
  progressAt: number
  isSlow: boolean
  waiting: Set<(end: EndTurn | null) => void>
}

/** Ends a turn. */
export type EndTurn = () => void

export class Turns {
  readonly #options: TurnsOptions
  /** Endpoints that are busy, or were slow the last time. */
  readonly #endpoints = new Map<string, Endpoint>()

  constructor(options: TurnsOptions) {
    this.#options = options
  }

  /** A turn at the endpoint `id`, or null when it does not get on: then come back later. */
  async take(id: string): Promise<EndTurn | null> {
    const { clock, stuckMs } = this.#options
    let endpoint = this.#endpoints.get(id)
    if (endpoint === undefined) {
      endpoint = { underWay: new Set(), progressAt: clock.now(), isSlow: false, waiting: new Set() }
      this.#endpoints.set(id, endpoint)
    }
    const { underWay, waiting } = endpoint
    if (underWay.size < this.#shareOf(endpoint)) return this.#begin(id, endpoint)
    if (endpoint.isSlow || clock.now() - endpoint.progressAt > stuckMs) return null
    return new Promise((resolve) => {
      let seen = endpoint.progressAt
      const timer = setTimeout(() => {
        if (endpoint.progressAt === seen) return turn(null)
        // It got on meanwhile.
        seen = endpoint.progressAt
        timer.refresh()
      }, stuckMs)
      const turn = (end: EndTurn | null) => {
        clearTimeout(timer)
        waiting.delete(turn)
        resolve(end)
      }
      waiting.add(turn)
    })
  }

  #shareOf(endpoint: Endpoint): number {
    return endpoint.isSlow ? this.#options.slowShare : this.#options.share
  }

  #begin(id: string, endpoint: Endpoint): EndTurn {
    const { clock, slowMs } = this.#options
    const { underWay, waiting } = endpoint
    const send = { at: clock.now() }
    if (underWay.size === 0) endpoint.progressAt = send.at
    underWay.add(send)
    return () => {
      if (!underWay.delete(send)) return
      const now = clock.now()
      endpoint.isSlow = now - send.at > slowMs
      if (endpoint.isSlow) {
        for (const turn of [...waiting]) turn(null)
        return
      }
      endpoint.progressAt = now
      const [next] = waiting
      if (next !== undefined && underWay.size < this.#shareOf(endpoint)) next(this.#begin(id, endpoint))
      else if (underWay.size === 0) this.#endpoints.delete(id)
    }
  }
}
