/** The slider of a workspace's clock: from now to somewhat after the last boundary, forwards alone. */

/** A moment at which something begins or ends. */
export interface Boundary {
  at: number
  label: string
}

export interface ClockSlider {
  min: number
  max: number
  /** Milliseconds between two positions. */
  step: number
  /** Boundaries that lie ahead, in order, each moment once. */
  ahead: Boundary[]
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** With nothing ahead there is a week to move in. */
const USUAL = 7 * DAY
/** Somewhat more than the last boundary, so that one can step past it. */
const BEYOND = DAY
/** A grant that ends in years leaves the days of this one out of reach of a finger: the slider ends here, buttons go on. */
const LONGEST = 60 * DAY
const POSITIONS = 2000

export interface Timed {
  starts_at?: string | null
  ends_at?: string | null
}

/** Beginnings and ends of what is named, as boundaries. */
export function boundariesOf(things: readonly { name: string; times: Timed }[]): Boundary[] {
  return things.flatMap(({ name, times }) => [
    ...instant(times.starts_at, `${name} begins`),
    ...instant(times.ends_at, `${name} ends`),
  ])
}

function instant(text: string | null | undefined, label: string): Boundary[] {
  const at = text == null ? Number.NaN : Date.parse(text)
  return Number.isNaN(at) ? [] : [{ at, label }]
}

/** What lies ahead of `now`; several at one moment are one, named together. */
export function ahead(boundaries: readonly Boundary[], now: number): Boundary[] {
  const byMoment = new Map<number, Set<string>>()
  for (const { at, label } of boundaries) if (at > now) byMoment.set(at, (byMoment.get(at) ?? new Set()).add(label))
  return [...byMoment]
    .sort(([a], [b]) => a - b)
    .map(([at, labels]) => {
      const [first = '', ...others] = [...labels].sort()
      return { at, label: others.length === 0 ? first : `${first} and ${String(others.length)} more` }
    })
}

export function sliderOf(boundaries: readonly Boundary[], now: number): ClockSlider {
  const upcoming = ahead(boundaries, now)
  const within = upcoming.filter(({ at }) => at - now <= LONGEST)
  const last = within.at(-1)?.at
  const span = Math.min(LONGEST, last === undefined ? USUAL : Math.max(DAY, last - now + BEYOND))
  const step = Math.max(MINUTE, Math.ceil(span / POSITIONS / MINUTE) * MINUTE)
  return { min: now, max: now + Math.ceil(span / step) * step, step, ahead: upcoming }
}

/** Where a slider that was let go at `position` goes: to a boundary close by, never back. */
export function settleAt(slider: ClockSlider, position: number): number {
  const reach = (slider.max - slider.min) / 100
  const near = slider.ahead
    .filter(({ at }) => at <= slider.max && Math.abs(at - position) <= reach)
    .sort((a, b) => Math.abs(a.at - position) - Math.abs(b.at - position))[0]
  return Math.max(slider.min, Math.min(slider.max, near?.at ?? position))
}

export interface Jump {
  id: string
  label: string
  /** Null = it cannot be made: there is no such moment ahead. */
  to: number | null
}

/** The buttons beside the slider. A stay's check-in and check-out are the next beginning and the next end. */
export function jumpsOf(things: readonly { times: Timed }[], now: number): Jump[] {
  const next = (pick: (times: Timed) => string | null | undefined): number | null => {
    const moments = things.flatMap(({ times }) => instant(pick(times), '').map(({ at }) => at))
    const later = moments.filter((at) => at > now)
    return later.length === 0 ? null : Math.min(...later)
  }
  return [
    { id: 'check_in', label: 'To check-in', to: next((times) => times.starts_at) },
    { id: 'check_out', label: 'To check-out', to: next((times) => times.ends_at) },
    { id: 'hour', label: '+1 h', to: now + HOUR },
    { id: 'day', label: '+1 d', to: now + DAY },
  ]
}

/** The workspace's time while the browser's goes on: `readAt` and `browserNow` are of the browser, `now` of the workspace. */
export function runningNow(read: { now: number; isFrozen: boolean; readAt: number }, browserNow: number): number {
  return read.isFrozen ? read.now : read.now + Math.max(0, browserNow - read.readAt)
}
