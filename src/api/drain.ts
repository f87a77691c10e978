/**
 * A server that is asked to stop takes no new connections and answers what it has begun: with its answer if that comes
 * within a few seconds, and else with 503, so that the caller asks again (another process, or this one when it is back).
 */
import type { FastifyInstance } from 'fastify'
import { ApiError } from './errors.ts'

/** Requests under way have so long when the server is asked to stop (milliseconds); a stop has 10 s in all. */
const DRAIN_MS = 4000
/** The time that the last refusals have to leave (milliseconds). */
const LEAVE_MS = 300

export class Drain {
  readonly #refusals = new Set<(error: ApiError) => void>()
  #isStopping = false

  /** Watches for the end of `app`. */
  constructor(app: FastifyInstance) {
    let late: NodeJS.Timeout | undefined
    app.addHook('preClose', (done) => {
      this.#isStopping = true
      late = setTimeout(() => {
        for (const refuse of this.#refusals) refuse(stopping())
        late = setTimeout(() => app.server.closeAllConnections(), LEAVE_MS)
      }, DRAIN_MS)
      done()
    })
    app.addHook('onClose', (_instance, done) => {
      clearTimeout(late)
      done()
    })
  }

  /** Whether connections end with their answers: nobody sends another request on one that is about to close. */
  get isStopping(): boolean {
    return this.#isStopping
  }

  /** The outcome of `work`. @throws ApiError 503 when the server stops before it is there */
  async within<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#refusals.add(reject)
      work.then(resolve, reject).finally(() => this.#refusals.delete(reject))
    })
  }
}

function stopping(): ApiError {
  return new ApiError(
    503,
    'service_unavailable',
    'The server is stopping. Try again shortly; a change that carries an Idempotency-Key is never made twice.',
  )
}
