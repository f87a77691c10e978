/** Runs histories beside one another until enough presentations were made. */
import type { SystemFacts } from '../model/systems.ts'
import { execute } from './execute.ts'
import { generate } from './generate.ts'
import type { History } from './operations.ts'
import type { Disagreement, Outcome } from './outcome.ts'
import type { Target } from './target.ts'
import { Workspace } from './workspace.ts'

export interface RunOptions {
  seed: number
  /** Number of the first history. */
  from?: number
  /** Presentations to make, about. */
  presentations: number
  /** Histories to play at the most; by itself as many as it takes. */
  histories?: number
  /** Histories at a time. */
  concurrency: number
  /** Presentations of one history. */
  perHistory: number
  /** Stops after so many disagreements. */
  maxFailures: number
  onProgress?: (made: number) => void
  onFailure?: (failure: Failure) => void
}

export interface Failure {
  seed: number
  /** Number of the history under this seed. */
  number: number
  history: History
  disagreement: Disagreement
}

export interface SystemTally {
  presentations: number
  opened: number
  refused: Map<string, number>
  wrongOpenings: number
  wrongRefusals: number
  wrongReasons: number
}

export interface Tally {
  histories: number
  operations: number
  presentations: number
  undetermined: number
  systems: Map<string, SystemTally>
  /** Changes that the server refused to make, by answer. */
  refusedChanges: Map<string, number>
  failures: Failure[]
}

/** Which systems a fresh sandbox has. */
export async function systemsOf(target: Target): Promise<readonly SystemFacts[]> {
  return (await target.during(() => Workspace.open(target))).systems
}

export async function run(target: Target, options: RunOptions): Promise<Tally> {
  const systems = await systemsOf(target)
  const tally = emptyTally(systems)
  let next = options.from ?? 0
  const end = next + (options.histories ?? Infinity)
  const work = async (): Promise<void> => {
    while (next < end && tally.presentations < options.presentations && tally.failures.length < options.maxFailures) {
      const number = next++
      const history = generate({ seed: options.seed, number, systems, presentations: options.perHistory })
      const outcome = await execute(history, target)
      count(tally, outcome)
      if (outcome.disagreement !== null) {
        const failure = { seed: options.seed, number, history, disagreement: outcome.disagreement }
        tally.failures.push(failure)
        options.onFailure?.(failure)
      }
      options.onProgress?.(tally.presentations)
    }
  }
  await Promise.all(Array.from({ length: options.concurrency }, work))
  return tally
}

function emptyTally(systems: readonly SystemFacts[]): Tally {
  return {
    histories: 0,
    operations: 0,
    presentations: 0,
    undetermined: 0,
    systems: new Map(
      systems.map(({ provider }) => [
        provider,
        { presentations: 0, opened: 0, refused: new Map(), wrongOpenings: 0, wrongRefusals: 0, wrongReasons: 0 },
      ]),
    ),
    refusedChanges: new Map(),
    failures: [],
  }
}

function count(tally: Tally, outcome: Outcome): void {
  tally.histories++
  tally.operations += outcome.done
  tally.undetermined += outcome.undetermined
  tally.presentations += outcome.presentations.length
  for (const { provider, opened, reason } of outcome.presentations) {
    const system = tally.systems.get(provider)
    if (system === undefined) continue
    system.presentations++
    if (opened) system.opened++
    else system.refused.set(reason, (system.refused.get(reason) ?? 0) + 1)
  }
  for (const [reason, times] of outcome.refused)
    tally.refusedChanges.set(reason, (tally.refusedChanges.get(reason) ?? 0) + times)
  const last = outcome.presentations.at(-1)
  const system = last === undefined ? undefined : tally.systems.get(last.provider)
  if (outcome.disagreement === null || system === undefined) return
  if (outcome.disagreement.kind === 'wrong opening') system.wrongOpenings++
  if (outcome.disagreement.kind === 'wrong refusal') system.wrongRefusals++
  if (outcome.disagreement.kind === 'wrong reason') system.wrongReasons++
}
