/** The time of a credential as callers give it. */
import { errors } from '../../errors.ts'
import type { Call } from '../../operation.ts'
import { instantParam, refuseFarStart } from '../../people.ts'

export interface CredentialTimes {
  starts_at: string | null
  ends_at: string | null
  /** The start that was asked for, when it was moved to now because it had passed. */
  requested_starts_at: string | null
}

/** @throws ApiError 400 on `starts_at` or `ends_at`. */
export function credentialTimes(call: Call, params: { starts_at?: string; ends_at?: string }): CredentialTimes {
  const asked = params.starts_at === undefined ? null : instantParam('starts_at', params.starts_at)
  if (asked !== null) refuseFarStart('starts_at', asked, call.nowMs)
  const isPast = asked !== null && asked < call.now
  const starts_at = isPast ? call.now : asked
  const ends_at = params.ends_at === undefined ? null : endOf(call, params.ends_at, starts_at)
  return { starts_at, ends_at, requested_starts_at: isPast ? asked : null }
}

/** An end in the future and after the start. @throws ApiError 400 on `ends_at`. */
export function endOf(call: Call, text: string, starts_at: string | null): string {
  const ends_at = instantParam('ends_at', text)
  if (ends_at <= call.now) throw errors.invalidField('ends_at', 'Must be in the future')
  if (starts_at !== null && ends_at <= starts_at) throw errors.invalidField('ends_at', 'Must be after starts_at')
  return ends_at
}
