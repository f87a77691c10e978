/** Contact data and schedules as callers give them for a user of an access system. */
import { toIso } from '../../../clock.ts'
import type { AcsUserRecord } from '../../../domain/records.ts'
import type { SystemDefinition } from '../../../systems/kit/definition.ts'
import { errors } from '../../errors.ts'
import type { Call } from '../../operation.ts'
import { instantParam, refuseFarStart } from '../../people.ts'

/** `email` is the deprecated twin of `email_address`. @throws ApiError 400 when they contradict each other. */
export function emailOf(params: { email?: string; email_address?: string }): string | undefined {
  const { email, email_address } = params
  if (email !== undefined && email_address !== undefined && email !== email_address) {
    throw errors.invalidField(
      'email',
      'Differs from email_address, of which it is the deprecated name: send email_address alone',
    )
  }
  return email_address ?? email
}

export interface ScheduleParam {
  starts_at?: string
  ends_at?: string | null
}

/** The schedule in the record's fields; without a start it begins now. @throws ApiError 400 on `access_schedule`. */
export function scheduleOf(
  call: Call,
  schedule: ScheduleParam,
  definition: SystemDefinition,
): Pick<AcsUserRecord, 'access_starts_at' | 'access_ends_at'> {
  if (!definition.hasUserSchedule) {
    throw errors.invalidField(
      'access_schedule',
      `Users of ${definition.display_name} have no schedule of their own: set the times on the credential or the access grant instead`,
    )
  }
  const startsAt =
    schedule.starts_at === undefined ? toIso(call.nowMs) : instantParam('access_schedule.starts_at', schedule.starts_at)
  refuseFarStart('access_schedule.starts_at', startsAt, call.nowMs)
  if (schedule.ends_at === undefined || schedule.ends_at === null)
    return { access_starts_at: startsAt, access_ends_at: null }
  const endsAt = instantParam('access_schedule.ends_at', schedule.ends_at)
  if (endsAt <= call.now) throw errors.invalidField('access_schedule.ends_at', 'Must be in the future')
  if (endsAt <= startsAt) throw errors.invalidField('access_schedule.ends_at', 'Must be after starts_at')
  return { access_starts_at: startsAt, access_ends_at: endsAt }
}

/** A name that says something. */
export function refuseBlankName(fullName: string): void {
  if (fullName.trim() === '')
    throw errors.badRequest('full_name_required', 'full_name is required: give the name of the person')
}
