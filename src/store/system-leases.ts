/**
 * Turns at access systems among the processes of one database: a maker's system is told one thing at a time, whoever
 * tells it. A turn is held by a process and renewed while it lasts; that of a killed or frozen process ends by itself.
 * What such a process might still write is refused (jobs.ts, tellings.ts), it asks no more once it goes on (`isOver`), and
 * what it had asked already is found among its tellings.
 */
import type { TellingSubject } from '../domain/records.ts'
import type { Log } from '../log.ts'
import { ConstraintViolation, LeaseLost, Stale, type Store } from './store.ts'
import { beginTelling } from './tellings.ts'

/** A killed process's turns are over after this long (milliseconds). */
const LEASE_MS = 3500
const HEARTBEAT_MS = 1000
/** How often a process that waits for its turn asks again (milliseconds of real time). */
const ASK_MS = 25

/** A system, and the workspace it is in. */
export interface SystemPlace {
  workspace_id: string
  acs_system_id: string
}

/** A turn that somebody has. */
export interface Turn {
  /**
   * Writes down what is about to be told to the system, in doubt until the telling is deleted; the turn is renewed by it.
   * Answers the telling's id. @throws LeaseLost when the turn is another's
   */
  begin(subjects: readonly TellingSubject[]): Promise<string>
  /** Before something is asked. @throws LeaseLost when the turn may be another's, by this process's own clocks */
  look(): void
}

/** By the clock that runs on while a process stands still, and by the one that also runs on while its machine does. */
interface Until {
  monotonic: number
  wall: number
}

export class SystemLeases implements AsyncDisposable {
  readonly #store: Store
  readonly #log: Log
  readonly #holder: string
  /** When the turns that are held end unless they are renewed, by acs_system_id. */
  readonly #untils = new Map<string, Until>()
  #held = 0
  #heartbeat: NodeJS.Timeout | null = null

  constructor(store: Store, log: Log) {
    this.#store = store
    this.#log = log
    this.#holder = store.ids.uuid()
  }

  /** Runs `work` while no other process has its turn at the system. */
  async alone<T>(system: SystemPlace, work: (turn: Turn) => Promise<T>): Promise<T> {
    for (;;) {
      const until = this.#fromNow()
      if (await this.#take(system)) {
        this.#untils.set(system.acs_system_id, until)
        break
      }
      await new Promise((resolve) => setTimeout(resolve, ASK_MS))
    }
    this.#held++
    this.#heartbeat ??= setInterval(() => void this.#renew(), HEARTBEAT_MS)
    try {
      return await work({ begin: (subjects) => this.#begin(system, subjects), look: () => this.#look(system) })
    } finally {
      this.#held--
      this.#untils.delete(system.acs_system_id)
      await this.#release(system)
    }
  }

  #fromNow(): Until {
    return { monotonic: performance.now() + LEASE_MS, wall: this.#store.clock.now() + LEASE_MS }
  }

  async #begin(system: SystemPlace, subjects: readonly TellingSubject[]): Promise<string> {
    const telling_id = this.#store.ids.uuid()
    const until = this.#fromNow()
    if (!(await beginTelling(this.#store, system, this.#holder, telling_id, subjects, LEASE_MS)))
      throw new LeaseLost('The turn at the access system is over.')
    this.#untils.set(system.acs_system_id, until)
    return telling_id
  }

  #look({ acs_system_id }: SystemPlace): void {
    const until = this.#untils.get(acs_system_id)
    const isOver = until === undefined || performance.now() >= until.monotonic || this.#store.clock.now() >= until.wall
    if (isOver) throw new LeaseLost('The turn at the access system may be over: nothing more is asked in it.')
  }

  async #take({ workspace_id, acs_system_id }: SystemPlace): Promise<boolean> {
    const taking = this.#store.execute(
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
    try {
      return (await taking).length > 0
    } catch (error) {
      // The system went while the turn was taken: the next look finds it gone.
      if (error instanceof ConstraintViolation || error instanceof Stale) return false
      throw error
    }
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
    const until = this.#fromNow()
    const renewed = await this.#store
      .system<{ acs_system_id: string }>(
        `UPDATE system_lease SET held_until = now() + $2::float8 * interval '1 ms' WHERE holder = $1 AND held_until > now()
          RETURNING acs_system_id`,
        [this.#holder, LEASE_MS],
      )
      .catch((error: unknown) => {
        this.#log.warn({ err: String(error) }, 'turns at systems could not be renewed')
        return []
      })
    for (const { acs_system_id } of renewed) if (this.#untils.has(acs_system_id)) this.#untils.set(acs_system_id, until)
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat)
    return Promise.resolve()
  }
}
