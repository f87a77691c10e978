/** When a grant next needs to be looked at because time passes (core.md 6.10). */
import type { AccessGrantRecord, AccessMethodRecord } from '../records.ts'
import type { GrantPlan } from './plan.ts'

/** An un-issued method is reported late this long before `starts_at`, in milliseconds (core.md 6.10, inferred). */
export const DELAY_NOTICE_MS = 15 * 60 * 1000

/**
 * The next instant (ISO 8601) at which something about the grant changes by itself, after `nowMs`; null when nothing
 * more will. The boundaries: 15 minutes before the start, the start, the end.
 */
export function nextBoundary(grant: Pick<AccessGrantRecord, 'starts_at' | 'ends_at'>, nowMs: number): string | null {
  const startsAt = Date.parse(grant.starts_at)
  const boundaries = [
    startsAt - DELAY_NOTICE_MS,
    startsAt,
    grant.ends_at === null ? Infinity : Date.parse(grant.ends_at),
  ]
  const next = Math.min(...boundaries.filter((at) => at > nowMs))
  return Number.isFinite(next) ? new Date(next).toISOString() : null
}

/** Reports the methods of the grant that need nobody's hand and are not issued shortly before their start, or at it. */
export function reportLate(plan: GrantPlan): void {
  for (const method of plan.facts.methods) if (isLate(method)) reportLateMethod(plan, method)
}

function isLate(method: AccessMethodRecord): boolean {
  if (method.is_issued || method.is_encoding_required || method.is_assignment_required) return false
  // It says already that it cannot be issued, and why.
  if (method.errors.some((error) => error.error_code === 'failed_to_issue')) return false
  // It was issued in time. What has changed since then is a change under way; or else somebody else's card ended it.
  return !method.was_issued || method.pending.some((mutation) => mutation.created_at < method.starts_at)
}

function reportLateMethod(plan: GrantPlan, method: AccessMethodRecord): void {
  const { now, nowMs } = plan
  const startsAt = Date.parse(method.starts_at)
  const isNoticed = method.warnings.some((warning) => warning.warning_code === 'delay_in_issuing')
  if (nowMs >= startsAt) {
    const error = {
      created_at: now,
      error_code: 'failed_to_issue',
      message:
        'The access method was not issued by its start. See the errors of its credential and of the access system.',
    }
    plan.setMethod(method, {
      errors: [...method.errors, error],
      warnings: method.warnings.filter((warning) => warning.warning_code !== 'delay_in_issuing'),
    })
    plan.methodEvent('access_method.failed_to_issue', method)
  } else if (nowMs >= startsAt - DELAY_NOTICE_MS && !isNoticed) {
    const warning = {
      created_at: now,
      warning_code: 'delay_in_issuing',
      message: 'The access method starts soon and is not issued yet.',
    }
    plan.setMethod(method, { warnings: [...method.warnings, warning] })
    plan.methodEvent('access_method.delay_in_issuing', method)
  }
}
