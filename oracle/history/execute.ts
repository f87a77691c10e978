/** Plays a history against the server in a fresh workspace, tells the model what was answered, and compares every door. */
import { isPresentation, type History, type Operation } from './operations.ts'
import type { Outcome } from './outcome.ts'
import { Player } from './player.ts'
import type { Target } from './target.ts'
import { ServerFailure, Workspace } from './workspace.ts'

/** Plays the whole history, or up to the first disagreement. */
export async function execute(history: History, target: Target): Promise<Outcome> {
  const workspace = await target.during(() => Workspace.open(target))
  const player = new Player(workspace)
  const { outcome } = player
  for (let index = 0; index < history.length;) {
    const row = presentationsFrom(history, index)
    const operation = history[index] as Operation
    try {
      const found =
        row.length > 0
          ? await target.during(() => player.show(row))
          : operation.do === 'restart'
            ? await target.restart(operation.how).then(() => null)
            : await target.during(() => player.play(operation))
      if (found !== null) {
        const at = index + (found.at ?? 0)
        const { kind, expected, got } = found
        outcome.disagreement = { kind, expected, got, index: at, operation: history[at] ?? operation }
        break
      }
    } catch (error) {
      const got = error instanceof ServerFailure ? error.message : String((error as Error).stack)
      outcome.disagreement = { kind: 'server failure', index, operation, expected: 'an answer', got }
      break
    }
    index += Math.max(1, row.length)
  }
  return outcome
}

/** The server carries out so many presentations in one call. */
const MOST_AT_ONCE = 500

/** The presentations that follow one another from here on, in one call. */
function presentationsFrom(history: History, index: number): Operation[] {
  const row: Operation[] = []
  for (let at = index; at < history.length && row.length < MOST_AT_ONCE; at++) {
    const operation = history[at]
    if (operation === undefined || !isPresentation(operation) || operation.do === 'unlock') break
    row.push(operation)
  }
  return row
}
