/**
 * How requests to a Visionline server are signed: HMAC-SHA1 over five lines, with the key that the session gave
 * (Visionline Web API, as three unrelated public clients speak it). Pure.
 */
import { createHash, createHmac } from 'node:crypto'

/** `Date`: two clients sign the date so. `X-Aah-Date`: the third sends a header of that name, and signs name and date. */
export const DATE_HEADERS = ['Date', 'X-Aah-Date'] as const
export type DateHeader = (typeof DATE_HEADERS)[number]

export interface Signed {
  method: string
  /** Of the body; empty without one. */
  contentMd5: string
  /** Empty without a body. */
  contentType: string
  /** RFC 1123. */
  date: string
  dateHeader: DateHeader
  /** Path and query exactly as sent. */
  path: string
}

export const CONTENT_TYPE = 'application/json;charset=utf-8'

export function contentMd5(body: string): string {
  return createHash('md5').update(body).digest('base64')
}

export function signatureOf(accessKey: string, signed: Signed): string {
  const { method, contentType, date, dateHeader, path } = signed
  const dated = dateHeader === 'Date' ? date : `${dateHeader}:${date}`
  const lines = [method, signed.contentMd5, contentType, dated, path]
  return createHmac('sha1', accessKey).update(lines.join('\n')).digest('base64')
}

/** The path with its query in the order of its names: server and client must read the same. */
export function pathOf(path: string, query: Readonly<Record<string, string>> = {}): string {
  const names = Object.keys(query).sort()
  if (names.length === 0) return path
  return `${path}?${names.map((name) => `${encodeURIComponent(name)}=${encodeURIComponent(query[name] ?? '')}`).join('&')}`
}

/** JSON with the names of every object in order: one meaning has one text, and one signature. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
