/** Instants to the second, in the property's own time. */

const formats = new Map<string, Intl.DateTimeFormat>()

export function showMoment(atMs: number, zone: string | null | undefined, hasSeconds = true): string {
  const key = `${zone ?? ''} ${String(hasSeconds)}`
  let format = formats.get(key)
  if (format === undefined) {
    format = new Intl.DateTimeFormat(undefined, {
      dateStyle: 'medium',
      timeStyle: hasSeconds ? 'medium' : 'short',
      ...(zone == null ? {} : { timeZone: zone }),
    })
    formats.set(key, format)
  }
  return format.format(atMs)
}
