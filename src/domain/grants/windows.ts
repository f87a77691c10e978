/** Times of access: from an instant to another, or without end. */
import type { PinClaimRecord } from '../records.ts'

/** From/to of access; `ends_at` null = without end. */
export interface AccessWindow {
  starts_at: string
  ends_at: string | null
}

/** Whether the two half-open windows share an instant; touching is not sharing. */
export function overlaps(a: AccessWindow, b: AccessWindow): boolean {
  return (b.ends_at === null || a.starts_at < b.ends_at) && (a.ends_at === null || b.starts_at < a.ends_at)
}

/** A window as PostgreSQL's `tstzrange`. */
export function rangeText(window: AccessWindow): string {
  return `["${window.starts_at}",${window.ends_at === null ? '' : `"${window.ends_at}"`})`
}

/** The window of a claim, whatever its text form: ours, or PostgreSQL's own. */
export function windowOf(claim: Pick<PinClaimRecord, 'during'>): AccessWindow {
  const [from = '', to = ''] = claim.during.slice(1, -1).split(',')
  const instant = (text: string): string =>
    new Date(
      text
        .replaceAll('"', '')
        .replace(' ', 'T')
        .replace(/([+-]\d{2})$/, '$1:00'),
    ).toISOString()
  return { starts_at: instant(from), ends_at: to === '' ? null : instant(to) }
}

/** The shortest window that holds all of the given ones; null for none. */
export function hull(windows: readonly AccessWindow[]): AccessWindow | null {
  const [first] = windows
  if (first === undefined) return null
  const starts_at = windows.reduce(
    (least, window) => (window.starts_at < least ? window.starts_at : least),
    first.starts_at,
  )
  const ends = windows.map((window) => window.ends_at)
  const ends_at = ends.includes(null) ? null : (ends as string[]).reduce((most, end) => (end > most ? end : most))
  return { starts_at, ends_at }
}

export function sameWindow(a: AccessWindow, b: AccessWindow): boolean {
  return a.starts_at === b.starts_at && a.ends_at === b.ends_at
}
