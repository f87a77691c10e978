/**
 * Times as a Visionline server reads them: `yyyyMMdd'T'HHmm` in its own local zone. They know neither seconds nor which
 * of two equal hours is meant when clocks are set back, so a window is made to fit: a start is moved to the next minute
 * that cannot be read as an earlier one, an end to the last that cannot be read as a later one. A card never opens
 * outside its access; it may open up to a minute less of it, and up to an hour
 * less in the night in which clocks are set back. Pure.
 */

export interface ServerTime {
  /** As it goes over the wire. */
  text: string
  /** The instant that was meant by it, in milliseconds. */
  at: number
}

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
/** Clocks were never set back by more. */
const LONGEST_OVERLAP_MINUTES = 24 * 60

/** The first server time from which a window beginning at `ms` may be used, however the server reads it. */
export function startTime(zone: string, ms: number): ServerTime {
  return firstThat(zone, Math.ceil(ms / MINUTE_MS) * MINUTE_MS, MINUTE_MS, (readings) => Math.min(...readings) >= ms)
}

/** The last server time up to which a window ending at `ms` may be used, however the server reads it. */
export function expireTime(zone: string, ms: number): ServerTime {
  return firstThat(zone, Math.floor(ms / MINUTE_MS) * MINUTE_MS, -MINUTE_MS, (readings) => Math.max(...readings) <= ms)
}

function firstThat(zone: string, from: number, stepMs: number, fits: (readings: number[]) => boolean): ServerTime {
  for (let step = 0; step <= LONGEST_OVERLAP_MINUTES; step++) {
    const at = from + step * stepMs
    const text = textOf(zone, at)
    if (fits(readingsOf(zone, text))) return { text, at }
  }
  throw new Error(`no local time of ${zone} is unambiguous`)
}

/** The server's clock at an instant, seconds cut off. */
export function textOf(zone: string, ms: number): string {
  return new Date(ms + offsetAt(zone, ms)).toISOString().slice(0, 16).replaceAll(/[-:]/g, '')
}

const TEXT = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})$/

/** The instants a local time can mean, earliest first: one as a rule, two in an hour that comes twice, none in one that is left out. */
export function readingsOf(zone: string, text: string): number[] {
  const parts = TEXT.exec(text)
  if (parts === null) return []
  const local = Date.parse(`${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}:${parts[5]}:00.000Z`)
  if (Number.isNaN(local)) return []
  const offsets = new Set([offsetAt(zone, local - DAY_MS), offsetAt(zone, local + DAY_MS)])
  const instants = [...offsets].map((offset) => local - offset)
  return instants.filter((instant) => textOf(zone, instant) === text).sort((a, b) => a - b)
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** How far the zone's clocks are ahead of UTC at an instant, in milliseconds. */
function offsetAt(zone: string, ms: number): number {
  let format = formats.get(zone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formats.set(zone, format)
  }
  const fields = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields
  const shown = Date.UTC(year, month - 1, day, hour, minute, second)
  return shown - Math.floor(ms / 1000) * 1000
}
