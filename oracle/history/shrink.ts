/** Makes a failing history small: leaves out all that the failure does not need. */
import { isPresentation, type History, type Operation } from './operations.ts'

/** Does this history still fail in the same way? */
export type StillFails = (history: History) => Promise<boolean>

export interface ShrinkOptions {
  /** Bounds the time it takes. */
  budgetMs?: number
  /** Candidates tried beside one another. */
  atOnce?: number
}

/** Removes ever smaller chunks as long as the rest still fails, then single operations, then simplifies what is left. */
export async function shrink(
  history: History,
  stillFails: StillFails,
  { budgetMs = 120_000, atOnce = 1 }: ShrinkOptions = {},
): Promise<History> {
  let best = [...history]
  const until = performance.now() + budgetMs
  /** The first of these that still fails is the best from now on. Answers which it was, or -1. */
  const tryAll = async (candidates: readonly Operation[][]): Promise<number> => {
    if (performance.now() > until) return -1
    const fails = await Promise.all(candidates.map(async (one) => one.length > 0 && (await stillFails(one))))
    const first = fails.indexOf(true)
    best = candidates[first] ?? best
    return first
  }
  const tryOne = async (candidate: Operation[]): Promise<boolean> => (await tryAll([candidate])) === 0

  // Most presentations only look: without any but the last, or any at other doors, a history is much shorter.
  const last = best.at(-1)
  const door = last !== undefined && 'door' in last ? last.door : null
  const without = (isKept: (operation: Operation) => boolean): Operation[] =>
    best.filter((one, index) => index === best.length - 1 || !isPresentation(one) || isKept(one))
  if (!(await tryOne(without(() => false)))) {
    const system = door?.slice(0, door.indexOf('/') + 1) ?? ''
    if (await tryOne(without((one) => 'door' in one && one.door.startsWith(system))))
      await tryOne(without((one) => 'door' in one && one.door === door))
  }
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    let hasShrunk = true
    while (hasShrunk && performance.now() < until) {
      hasShrunk = false
      // From the end: what was made last is referred to least.
      for (let end = best.length; end > 0 && performance.now() < until;) {
        const ends = Array.from({ length: atOnce }, (_, i) => end - i * size).filter((one) => one > 0)
        const taken = await tryAll(ends.map((one) => [...best.slice(0, Math.max(0, one - size)), ...best.slice(one)]))
        if (taken !== -1) hasShrunk = true
        end -= size * (taken === -1 ? ends.length : taken + 1)
      }
      if (size > 1) break
    }
  }
  let hasSimplified = true
  while (hasSimplified && performance.now() < until) {
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
