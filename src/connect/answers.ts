/**
 * What somebody has filled in on the pages of one webview so far. It rests sealed in the webview's row, so that any
 * process can serve the next page and no page carries a password on.
 */
import type { ConnectWebviewRecord } from '../domain/records.ts'
import type { Sealer } from '../store/sealer.ts'

/** Of one system; several tabs may be at different ones. */
export interface Answers {
  values: Record<string, string>
  /** Boxes that are ticked. */
  ticks: string[]
  bridgeName: string | null
  /** Numbers of the pages that were filled in as they should be. */
  done: number[]
  /** What was wrong with the page sent last. */
  faults: Faults | null
}

export interface Faults {
  page: number
  /** By field. */
  fields: Record<string, string>
  /** About the page as a whole. */
  general: string | null
  /** The login was refused: the page around is told. */
  isRefusal: boolean
}

type AllAnswers = Record<string, Answers>

export const NO_ANSWERS: Answers = { values: {}, ticks: [], bridgeName: null, done: [], faults: null }

function read(sealer: Sealer, { sealed_answers }: ConnectWebviewRecord): AllAnswers {
  return sealed_answers === null ? {} : (JSON.parse(sealer.open(sealed_answers)) as AllAnswers)
}

export function answersFor(sealer: Sealer, webview: ConnectWebviewRecord, provider: string): Answers {
  return read(sealer, webview)[provider] ?? NO_ANSWERS
}

/** The sealed text that holds the answers for one system beside those for others. */
export function sealAnswers(sealer: Sealer, webview: ConnectWebviewRecord, provider: string, answers: Answers): string {
  return sealer.seal(JSON.stringify({ ...read(sealer, webview), [provider]: answers }))
}
