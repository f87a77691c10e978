/** Kills and freezes processes at random instants, and times how soon their work is taken up. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster, Member } from './processes.ts'
import type { Random } from './random.ts'

export type KillKind = 'worker' | 'api' | 'postgres' | 'backend' | 'freeze'

/** How often each kind comes; a freeze is SIGSTOP until after the worker's leases have ended, then SIGCONT. */
export const WEIGHTS: Record<KillKind, number> = { worker: 8, api: 5, postgres: 3, backend: 2, freeze: 2 }

/** Longer than any lease lasts (milliseconds). */
const FROZEN_MS = 6500

export interface Kill {
  kind: KillKind
  target: string
  /** Milliseconds of `performance.now()`. */
  at: number
  /** Jobs that somebody held at that instant. */
  held: number
  /** Milliseconds until none of them was held under the lease of then; null = none was held, or PostgreSQL itself was away. */
  takenUpMs: number | null
}

interface Held {
  lease_id: string
  lease_until: string
}

export interface KillerOptions {
  cluster: Cluster
  random: Random
  weights: Partial<Record<KillKind, number>>
  /** Milliseconds between two kills, from and to. */
  gapMs: readonly [number, number]
}

export class Killer {
  readonly kills: Kill[] = []
  readonly #options: KillerOptions
  readonly #watches: Promise<void>[] = []
  readonly #frozen = new Set<Member>()

  constructor(options: KillerOptions) {
    this.#options = options
  }

  /** So many kills, one after the other; answers when the last one is done and every frozen process is thawed. */
  async round(count: number): Promise<void> {
    const { random, gapMs, weights } = this.#options
    for (let n = 0; n < count; n++) {
      await sleep(random.between(gapMs[0], gapMs[1]))
      await this.#kill(random.weighted(weights))
    }
    await Promise.all(this.#watches.splice(0))
  }

  async #kill(kind: KillKind): Promise<void> {
    const { cluster, random } = this.#options
    const kill: Kill = { kind, target: kind, at: 0, held: 0, takenUpMs: null }
    switch (kind) {
      case 'postgres':
        // What is away already comes back first.
        while (!cluster.databaseIsUp) await sleep(20)
        kill.at = performance.now()
        cluster.killPostmaster()
        break
      case 'backend':
        kill.at = performance.now()
        if (!(await cluster.killBackend(random.between(0, 30)))) return this.#kill('api')
        break
      case 'freeze':
      case 'worker':
      case 'api': {
        // One worker at least is left to go on.
        if (kind === 'freeze' && this.#frozen.size > 0) return this.#kill('worker')
        const member = await this.#victim(kind === 'api' ? 'api' : 'worker')
        if (kind === 'freeze') await this.#encodeUnderWay()
        kill.target = member.name
        kill.at = performance.now()
        member.signal(kind === 'freeze' ? 'SIGSTOP' : 'SIGKILL')
        if (kind === 'freeze') this.#watches.push(this.#thaw(member))
        if (kind !== 'api') this.#watches.push(this.#watch(kill))
      }
    }
    this.kills.push(kill)
  }

  async #victim(role: Member['role']): Promise<Member> {
    const { cluster, random } = this.#options
    for (;;) {
      const ready = cluster.members.filter(
        (member) => member.role === role && member.isReady && !this.#frozen.has(member),
      )
      if (ready.length > 0) return random.pick(ready)
      await sleep(20)
    }
  }

  /** A worker that stands still is worth most in the middle of an encode: waits for one, two seconds at most. */
  async #encodeUnderWay(): Promise<void> {
    const { cluster } = this.#options
    for (const deadline = performance.now() + 2000; performance.now() < deadline;) {
      const begun = await cluster
        .sql(`SELECT 1 FROM action_attempt WHERE status = 'pending' AND started_at IS NOT NULL LIMIT 1`)
        .catch(() => [])
      if (begun.length > 0) return
      await sleep(5)
    }
  }

  async #thaw(member: Member): Promise<void> {
    this.#frozen.add(member)
    await sleep(FROZEN_MS)
    member.signal('SIGCONT')
    this.#frozen.delete(member)
  }

  /** Times until everything that was held at the kill is finished or held by another. */
  async #watch(kill: Kill): Promise<void> {
    const { cluster } = this.#options
    try {
      const held = await cluster.sql<Held>(
        'SELECT lease_id, lease_until::text FROM job WHERE lease_id IS NOT NULL AND lease_until > now()',
      )
      kill.held = held.length
      let left = held
      while (left.length > 0 && performance.now() - kill.at < 30_000) {
        await sleep(50)
        const rows = await cluster.sql<Held>(
          'SELECT lease_id, lease_until::text FROM job WHERE lease_id = ANY($1::uuid[])',
          [left.map(({ lease_id }) => lease_id)],
        )
        // A lease that was renewed since is in the hands of a process that lives.
        left = left.filter((one) =>
          rows.some((now) => now.lease_id === one.lease_id && now.lease_until === one.lease_until),
        )
      }
      if (held.length > 0) kill.takenUpMs = performance.now() - kill.at
    } catch {
      // PostgreSQL went away meanwhile: this one is not timed.
    }
  }
}
