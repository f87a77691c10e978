/** Chains the audit log of every workspace, soon after its entries were written, in whatever process has workers. */
import type { Log } from '../log.ts'
import { chainAudit, workspacesToChain } from '../store/audit.ts'
import type { Store } from '../store/store.ts'

/** An entry waits this long at the most before somebody looks (milliseconds of real time). */
const LOOK_EVERY_MS = 400

export class AuditChainer implements AsyncDisposable {
  readonly #store: Store
  readonly #log: Log
  #timer: NodeJS.Timeout | null = null
  #round: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(store: Store, log: Log) {
    this.#store = store
    this.#log = log
  }

  start(): void {
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isStopped) return
    this.#timer = setTimeout(() => {
      this.#round = this.#chain().finally(() => this.#schedule())
    }, LOOK_EVERY_MS)
    this.#timer.unref()
  }

  async #chain(): Promise<void> {
    try {
      for (const workspaceId of await workspacesToChain(this.#store)) {
        if (this.#isStopped) return
        await chainAudit(this.#store, workspaceId)
      }
    } catch (error) {
      // Nothing is lost: what waits is found by the next look, here or in another process.
      if (!this.#isStopped) this.#log.warn({ err: String(error) }, 'chaining the audit log failed; trying again')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#round
  }
}
