/**
 * Turns at access systems among the processes of one database: a maker's system is told one thing at a time, whoever
 * tells it. A turn is held by a process and renewed while it lasts; that of a killed or frozen process ends by itself,
 * and what it might still write is refused by the lease of its job (jobs.ts).
 */
import type { Log } from '../log.ts'
import type { Store } from './store.ts'

/** A killed process's turns are over after this long (milliseconds). */
const LEASE_MS = 4000
const HEARTBEAT_MS = 1200
/** How often a process that waits for its turn asks again (milliseconds of real time). */
const ASK_MS = 25

/** A system, and the workspace it is in. */
export interface SystemPlace {
  workspace_id: string
  acs_system_id: string
}

export class SystemLeases implements AsyncDisposable {
  readonly #store: Store
  readonly #log: Log
  readonly #holder: string
  #held = 0
  #heartbeat: NodeJS.Timeout | null = null

  constructor(store: Store, log: Log) {
    this.#store = store
    this.#log = log
    this.#holder = store.ids.uuid()
  }

  /** Runs `work` while no other process has its turn at the system. */
  async alone<T>(system: SystemPlace, work: () => Promise<T>): Promise<T> {
    while (!(await this.#take(system))) await new Promise((resolve) => setTimeout(resolve, ASK_MS))
    this.#held++
    this.#heartbeat ??= setInterval(() => void this.#renew(), HEARTBEAT_MS)
    try {
      return await work()
    } finally {
      this.#held--
      await this.#release(system)
    }
  }

  async #take({ workspace_id, acs_system_id }: SystemPlace): Promise<boolean> {
    const rows = await this.#store.execute(
      workspace_id,
      // A system that is being removed has no turns, and nobody waits for one.
      `WITH taken AS (
         INSERT INTO system_lease AS l (workspace_id, acs_system_id, holder, held_until)
         SELECT $1::uuid, s.acs_system_id, $3::uuid, now() + $4::float8 * interval '1 ms'
           FROM acs_system s WHERE s.workspace_id = $1 AND s.acs_system_id = $2
         ON CONFLICT (workspace_id, acs_system_id) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
           WHERE l.held_until < now() OR l.holder = excluded.holder
         RETURNING 1)
       SELECT 1 AS taken WHERE EXISTS (SELECT FROM taken)
          OR NOT EXISTS (SELECT FROM acs_system WHERE workspace_id = $1 AND acs_system_id = $2)`,
      [acs_system_id, this.#holder, LEASE_MS],
    )
    return rows.length > 0
  }

  async #release({ workspace_id, acs_system_id }: SystemPlace): Promise<void> {
    // What cannot be given back now ends by itself.
    await this.#store
      .execute(
        workspace_id,
        'DELETE FROM system_lease WHERE workspace_id = $1 AND acs_system_id = $2 AND holder = $3',
        [acs_system_id, this.#holder],
      )
      .catch((error: unknown) => this.#log.warn({ err: String(error) }, 'a turn at a system could not be given back'))
  }

  async #renew(): Promise<void> {
    if (this.#held === 0) return
    await this.#store
      .system(
        `UPDATE system_lease SET held_until = now() + $2::float8 * interval '1 ms' WHERE holder = $1 AND held_until > now()`,
        [this.#holder, LEASE_MS],
      )
      .catch((error: unknown) => this.#log.warn({ err: String(error) }, 'turns at systems could not be renewed'))
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat)
    return Promise.resolve()
  }
}
