/** How an offline lock decides: from what is written on the card, its own clock and the numbers it has seen. Pure. */
import type { Window } from '../driver.ts'
import type { DoorReason } from '../virtual.ts'
import type { Mark, Writing } from './records.ts'

/** Marks that count at a door. */
export function marksAt(marks: readonly Mark[], entranceId: string): Mark[] {
  return marks.filter((mark) => mark.entrance_id === null || mark.entrance_id === entranceId)
}

export function reasonByWindow(window: Window, now: number): 'granted' | 'not_yet_valid' | 'expired' {
  if (window.ends_at !== null && now >= Date.parse(window.ends_at)) return 'expired'
  if (window.starts_at !== null && now < Date.parse(window.starts_at)) return 'not_yet_valid'
  return 'granted'
}

/** The best of several windows on one door: open now, else still to come, else over. */
export function reasonByWindows(windows: readonly Window[], now: number): DoorReason {
  const reasons = windows.map((window) => reasonByWindow(window, now))
  if (reasons.length === 0) return 'no_access_to_entrance'
  if (reasons.includes('granted')) return 'granted'
  return reasons.includes('not_yet_valid') ? 'not_yet_valid' : 'expired'
}

/** `seen` gives the highest number the lock has seen of a lineage. */
export function decideAtLock(
  writing: Writing,
  entranceId: string,
  now: number,
  seen: (lineage: string) => number,
): DoorReason {
  if (writing.ended !== null) return writing.ended
  const windows = writing.doors.filter((door) => door.entrance_id === entranceId)
  if (windows.length === 0) return 'no_access_to_entrance'
  if (marksAt(writing.marks, entranceId).some((mark) => mark.number < seen(mark.lineage))) return 'overridden'
  const byWhole = reasonByWindow(writing, now)
  return byWhole === 'granted' ? reasonByWindows(windows, now) : byWhole
}

/** The common part of two windows, or null when there is none. */
export function intersect(a: Window, b: Window): Window | null {
  const starts_at = later(a.starts_at, b.starts_at)
  const ends_at = earlier(a.ends_at, b.ends_at)
  if (starts_at !== null && ends_at !== null && Date.parse(starts_at) >= Date.parse(ends_at)) return null
  return { starts_at, ends_at }
}

function later(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b
  return Date.parse(a) >= Date.parse(b) ? a : b
}

function earlier(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b
  return Date.parse(a) <= Date.parse(b) ? a : b
}
