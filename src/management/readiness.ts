/** Whether this process can do its work now: what a load balancer asks before it sends requests here. */
import type { Store } from '../store/store.ts'

/** The database must answer within this time (milliseconds). */
const PATIENCE_MS = 2000

export class Readiness {
  readonly #store: Store
  #isStopping = false

  constructor(store: Store) {
    this.#store = store
  }

  /** The process is about to end: nothing new for it. */
  stop(): void {
    this.#isStopping = true
  }

  /** What a health path answers; null = it is none. `/health` and `live`: the process runs; `ready`: it can do its work. */
  async answerTo(path: string): Promise<{ status: number; body: Record<string, unknown> } | null> {
    if (path === '/health' || path === '/health/live') return { status: 200, body: { ok: true } }
    if (path !== '/health/ready') return null
    const problem = await this.problem()
    return problem === null ? { status: 200, body: { ok: true } } : { status: 503, body: { ok: false, problem } }
  }

  /** Why it is not ready, in words; null = it is. */
  async problem(): Promise<string | null> {
    if (this.#isStopping) return 'The process is stopping.'
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), PATIENCE_MS)
    })
    try {
      const answer = await Promise.race([this.#store.system('SELECT 1 AS alive'), late])
      return answer === 'late' ? `The database did not answer within ${String(PATIENCE_MS / 1000)} s.` : null
    } catch {
      return 'The database cannot be reached.'
    } finally {
      clearTimeout(timer)
    }
  }
}
