/**
 * Whose page a request comes from, as browsers say in headers that no page can set. SameSite cookies do not decide it:
 * for them every port of this host, and every host beside it, is the same site.
 */
import { ApiError } from '../errors.ts'
import type { Headers } from '../authenticate.ts'

/** `own` = a page of this server; `other` = somebody else's; `unsaid` = no browser of today. */
export type From = 'own' | 'other' | 'unsaid'

export function whereFrom(headers: Headers, publicUrl: string): From {
  const site = headers['sec-fetch-site']
  const origin = headers['origin']
  if (site !== undefined && site !== 'same-origin') return 'other'
  if (origin !== undefined && !isOwn(origin, headers['host'], publicUrl)) return 'other'
  return site === undefined && origin === undefined ? 'unsaid' : 'own'
}

/** The address that callers use, or the one behind a proxy that the operator has named. */
function isOwn(origin: string | string[], host: string | string[] | undefined, publicUrl: string): boolean {
  if (typeof origin !== 'string' || !URL.canParse(origin)) return false
  const { host: asking, origin: whole } = new URL(origin)
  const known = URL.canParse(publicUrl) ? new URL(publicUrl) : null
  // Under one name, http is another site than https: anybody on the way can write its pages.
  return known?.host === asking ? known.origin === whole : asking === host
}

/** @throws ApiError 403 */
export function refuseOtherSites(from: From): void {
  if (from === 'other')
    throw new ApiError(
      403,
      'cross_site_request',
      'A page of another address asked this in the name of a signed-in console. Only pages of this server may: open the console at its own address. If a proxy stands in front, set LOCKSTITCH_PUBLIC_URL to the address that browsers use.',
    )
}
