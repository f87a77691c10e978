/** The storm: rounds of load and kills, and after each one healing, settling and the audit. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Auditor, type Violation } from './auditor.ts'
import { Caller } from './client.ts'
import { Killer, WEIGHTS, type Kill, type KillKind } from './killer.ts'
import { Ground, Guest, Ledger, makeWebhook } from './load.ts'
import { Cluster } from './processes.ts'
import { Random } from './random.ts'
import { StormReceiver } from './receiver.ts'

export interface StormOptions {
  /** dist/main.js of the server to be tried. */
  script: string
  kills: number
  seed: number
  /** Kills between two audits. */
  perRound?: number
  /** Kinds of kills, when not all of them. */
  kinds?: KillKind[]
  /** Callers at once. */
  callers?: number
  onRound?: (round: Round) => void
}

export interface Round {
  number: number
  kills: Kill[]
  acknowledged: number
  violations: Violation[]
}

/** What came of it. */
export interface Outcome {
  seed: number
  kills: Kill[]
  /** Acknowledged changes by path. */
  acknowledged: Record<string, number>
  /** Changes that had to be sent more than once until there was an answer. */
  repeated: number
  events: number
  receipts: number
  compared: number
  /** What a worker told too late and could not say: how long it stood after it was seen (milliseconds). */
  lateMs: readonly number[]
  violations: Violation[]
  /** For each kill: milliseconds until the next job was finished, as the next delivery at the receiver shows. */
  nextJobMs: number[]
  /** For each kill: milliseconds until the next change was acknowledged. */
  nextAnswerMs: number[]
  /** For each killed or frozen worker that may have held jobs: milliseconds until all of them were taken up. */
  takenUpMs: number[]
  recoveryMs: number[]
  /** Lines of level error that the server wrote. */
  errors: string[]
  seconds: number
}

/** Every call to these systems takes a little while, so that processes die in the middle of one. */
const SLOW_MS = 50
const GAP_MS = [300, 1300] as const

export async function runStorm(options: StormOptions): Promise<Outcome> {
  const { seed, kills: wanted, perRound = 5, callers = 8 } = options
  const startedAt = performance.now()
  const random = new Random(seed)
  await using receiver = await StormReceiver.start(random.fork())
  await using cluster = await Cluster.start(options.script, { api: 2, worker: 2 })
  const ledger = new Ledger()
  const caller = new Caller(() => cluster.urls(), random.fork())
  try {
    const ground = await Ground.look(caller)
    for (const acs_system_id of ground.systemIds)
      await caller.change('/sandbox/systems/set_fault', { acs_system_id, fault: 'slow', delay_ms: SLOW_MS })
    await makeWebhook({ caller, receiver, ledger }, '/all', ['*'])
    const auditor = new Auditor({ cluster, caller, ground, ledger, receiver, random: random.fork() })
    const { kinds = Object.keys(WEIGHTS) as KillKind[] } = options
    const weights = Object.fromEntries(kinds.map((kind) => [kind, WEIGHTS[kind]]))
    const killer = new Killer({ cluster, random: random.fork(), gapMs: GAP_MS, weights })
    const guests = Array.from(
      { length: callers },
      (_, n) => new Guest({ caller, ground, ledger, receiver, random: random.fork(), name: `g${n}` }),
    )
    const violations: Violation[] = []
    for (let number = 1; killer.kills.length < wanted; number++) {
      const before = killer.kills.length
      const running = Promise.all(guests.map((guest) => guest.run()))
      await killer.round(Math.min(perRound, wanted - before))
      await cluster.healed()
      // Some calm, so that what comes after the last kill is seen too.
      await sleep(300)
      for (const guest of guests) guest.stop()
      await running
      const found = await auditor.audit()
      violations.push(...found)
      options.onRound?.({
        ...{ number, kills: killer.kills.slice(before), acknowledged: caller.acknowledged.length, violations: found },
      })
      // What is wrong once would be found again in every round.
      if (violations.length > 20) break
    }
    const [counted] = await cluster.sql<{ events: number }>('SELECT count(*)::int AS events FROM event')
    const received = receiver.receipts.map(({ at }) => at)
    return {
      ...{
        seed,
        kills: killer.kills,
        violations,
        compared: auditor.compared,
        lateMs: auditor.lateMs,
        recoveryMs: cluster.recoveries,
      },
      acknowledged: countBy(caller.acknowledged.map(({ path }) => path)),
      repeated: caller.acknowledged.filter(({ sent }) => sent > 1).length,
      events: counted?.events ?? 0,
      receipts: received.length,
      nextJobMs: killer.kills.flatMap(({ at }) => until(at, received)),
      nextAnswerMs: killer.kills.flatMap(({ at }) => until(at, caller.answeredAt)),
      takenUpMs: killer.kills.flatMap(({ takenUpMs }) => takenUpMs ?? []),
      errors: cluster.members.flatMap(({ name, output }) =>
        output.split('\n').flatMap((line) => (/"level":(50|60)/.test(line) ? [`${name} ${line}`] : [])),
      ),
      seconds: (performance.now() - startedAt) / 1000,
    }
  } finally {
    caller.close()
  }
}

function until(at: number, instants: readonly number[]): number[] {
  const next = instants.find((instant) => instant > at)
  return next === undefined ? [] : [next - at]
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
