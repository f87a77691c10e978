/** What playing a history comes to. */
import type { Presentation, Verdict } from '../model/facts.ts'
import type { Operation } from './operations.ts'

export interface Disagreement {
  kind: 'wrong opening' | 'wrong refusal' | 'wrong reason' | 'missing method' | 'surplus method' | 'server failure'
  /** Index in the history. */
  index: number
  operation: Operation
  expected: string
  got: string
}

export interface Shown {
  provider: string
  by: Presentation['by']
  opened: boolean
  reason: string
}

export interface Outcome {
  /** How many operations were done; the others referred to things that were not there. */
  done: number
  /** Presentations whose outcome the documents leave open; they were not made. */
  undetermined: number
  presentations: Shown[]
  /** `operation: answer` of changes the server refused, with their number. */
  refused: Map<string, number>
  disagreement: Disagreement | null
}

/** `at`: which of several presentations it was. */
export type Found = Pick<Disagreement, 'kind' | 'expected' | 'got'> & { at?: number }

export function compare(verdict: Verdict, got: { opened: boolean; reason: string }): Found | null {
  const reasons = verdict.reasons === null ? 'any reason' : [...verdict.reasons].join(' or ')
  const expected = verdict.opens === true ? 'opens' : `refused: ${reasons}`
  const found = { expected, got: got.opened ? 'opened' : `refused: ${got.reason}` }
  if (got.opened && verdict.opens === false) return { kind: 'wrong opening', ...found }
  if (!got.opened && verdict.opens === true) return { kind: 'wrong refusal', ...found }
  if (!got.opened && verdict.reasons !== null && !verdict.reasons.has(got.reason))
    return { kind: 'wrong reason', ...found }
  return null
}
