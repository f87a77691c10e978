/** Makes a failing history small: leaves out all that the failure does not need. */
import { isPresentation, type History, type Operation } from './operations.ts'

/** Does this history still fail in the same way? */
export type StillFails = (history: History) => Promise<boolean>

/**
 * Removes ever smaller chunks as long as the rest still fails, then single operations, then simplifies what is left.
 * `budgetMs` bounds the time it takes.
 */
export async function shrink(history: History, stillFails: StillFails, budgetMs = 120_000): Promise<History> {
  let best = [...history]
  const until = performance.now() + budgetMs
  const tryOne = async (candidate: Operation[]): Promise<boolean> => {
    if (performance.now() > until || candidate.length === 0) return false
    if (!(await stillFails(candidate))) return false
    best = candidate
    return true
  }
  // Most presentations only look: without any but the last, a history is ten times shorter.
  await tryOne(best.filter((operation, index) => index === best.length - 1 || !isPresentation(operation)))
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    let hasShrunk = true
    while (hasShrunk) {
      hasShrunk = false
      // From the end: what was made last is referred to least.
      for (let end = best.length; end > 0; end -= size) {
        const start = Math.max(0, end - size)
        if (await tryOne([...best.slice(0, start), ...best.slice(end)])) hasShrunk = true
      }
      if (size > 1) break
    }
  }
  let hasSimplified = true
  while (hasSimplified) {
    hasSimplified = false
    for (let index = 0; index < best.length; index++) {
      const operation = best[index]
      if (operation === undefined) continue
      for (const simpler of simplifications(operation)) {
        if (await tryOne(best.with(index, simpler))) {
          hasSimplified = true
          break
        }
      }
    }
  }
  return best
}

/** The same operation with less in it. */
function simplifications(operation: Operation): Operation[] {
  const simpler: Operation[] = []
  const fewer = <K extends 'doors' | 'modes' | 'spaces'>(one: Operation & Record<K, unknown[]>, key: K): void => {
    const list = one[key]
    if (list.length > (key === 'spaces' ? 0 : 1))
      for (let index = 0; index < list.length; index++)
        simpler.push({ ...one, [key]: list.filter((_, at) => at !== index) })
  }
  switch (operation.do) {
    case 'grant':
      fewer(operation, 'doors')
      fewer(operation, 'modes')
      fewer(operation, 'spaces')
      if (operation.code !== undefined) simpler.push({ ...operation, code: undefined })
      if (operation.from !== null) simpler.push({ ...operation, from: null })
      if (operation.to !== null) simpler.push({ ...operation, to: null })
      if (operation.key !== null) simpler.push({ ...operation, key: null })
      break
    case 'credential':
      fewer(operation, 'doors')
      if (operation.from !== null) simpler.push({ ...operation, from: null })
      break
    case 'redoor':
    case 'space':
    case 'space_add':
      fewer(operation, 'doors')
      break
    case 'request':
      fewer(operation, 'modes')
      break
    case 'retime':
      if (operation.from !== undefined && operation.to !== undefined) {
        simpler.push({ do: 'retime', grant: operation.grant, from: operation.from })
        simpler.push({ do: 'retime', grant: operation.grant, to: operation.to })
      }
      break
    case 'fault':
      if (operation.times !== undefined) simpler.push({ ...operation, times: 1 })
      break
    case 'restart':
      if (operation.how === 'kill') simpler.push({ do: 'restart', how: 'stop' })
      break
    default:
  }
  return simpler.filter((one) => JSON.stringify(one) !== JSON.stringify(operation))
}
