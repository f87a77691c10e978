/** Instants and time zones. Screens show the browser's zone unless a property's own is named, which then is said. */

export const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone

const SHOWN: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'short' }
const PARTS: Intl.DateTimeFormatOptions = {
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
}

/** Formats are made once: making one costs more than a thousand uses. */
const formats = new Map<string, Intl.DateTimeFormat>()

function format(locale: string | undefined, options: Intl.DateTimeFormatOptions, zone: string): Intl.DateTimeFormat {
  const key = `${locale ?? ''} ${zone}`
  const made = formats.get(key) ?? new Intl.DateTimeFormat(locale, { ...options, timeZone: zone })
  formats.set(key, made)
  return made
}

export function showInstant(instant: string, zone: string = browserZone): string {
  const text = format(undefined, SHOWN, zone).format(new Date(instant))
  return zone === browserZone ? text : `${text} (${zone})`
}

/** How far the zone is ahead of UTC at this instant, in milliseconds. */
function offsetAt(atMs: number, zone: string): number {
  const parts = format('en-US', PARTS, zone).formatToParts(atMs)
  const part = (type: string): number => Number(parts.find((each) => each.type === type)?.value)
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  return wall - Math.floor(atMs / 1000) * 1000
}

/**
 * What a `datetime-local` field holds, as an instant: `2030-05-01T15:00` in `zone`. Of the hour that comes twice in
 * autumn it is the first; the hour that is left out in spring counts as the one after.
 */
export function toInstant(local: string, zone: string = browserZone): string {
  const wallMs = Date.parse(`${local.length === 16 ? `${local}:00` : local}Z`)
  if (Number.isNaN(wallMs)) return local // The server says what is wrong with it.
  const before = wallMs - offsetAt(wallMs - 86_400_000, zone)
  const after = wallMs - offsetAt(wallMs + 86_400_000, zone)
  const fits = [before, after].filter((atMs) => atMs + offsetAt(atMs, zone) === wallMs)
  return new Date(fits.length > 0 ? Math.min(...fits) : before).toISOString()
}

/** An instant as a `datetime-local` field wants it. */
export function toLocal(instant: string, zone: string = browserZone): string {
  const atMs = Date.parse(instant)
  return new Date(atMs + offsetAt(atMs, zone)).toISOString().slice(0, 16)
}
