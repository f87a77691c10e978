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

/** Which system has not taken it, what it said, and what to do. */
function whyLate(plan: GrantPlan, method: AccessMethodRecord): string {
  const waiting = plan.credentialsOf(method).filter((credential) => !credential.is_issued)
  const reasons = waiting.map((credential) => {
    const { display_name } = plan.system(credential.acs_system_id).definition
    const user = plan.facts.users.find((one) => one.acs_user_id === credential.acs_user_id)
    const groups = plan.facts.groups.filter((one) => user?.acs_access_group_ids.includes(one.acs_access_group_id))
    const [error] = [credential, ...(user === undefined ? [] : [user]), ...groups].flatMap((row) => row.errors)
    return error === undefined ? `${display_name} has not taken it yet.` : `${display_name}: ${error.message}`
  })
  const why = reasons.length === 0 ? 'No access system holds a credential of it.' : [...new Set(reasons)].join(' ')
  return `${why} Check the errors of the access system (/acs/systems/get) and of the user (/acs/users/get); it is issued by itself once the system takes it.`
}

function reportLateMethod(plan: GrantPlan, method: AccessMethodRecord): void {
  const { now, nowMs } = plan
  const startsAt = Date.parse(method.starts_at)
  const isNoticed = method.warnings.some((warning) => warning.warning_code === 'delay_in_issuing')
  if (nowMs >= startsAt) {
    const error = {
      created_at: now,
      error_code: 'failed_to_issue',
      message: `The access method was not issued by its start. ${whyLate(plan, method)}`,
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
      message: `The access method starts soon and is not issued yet. ${whyLate(plan, method)}`,
    }
    plan.setMethod(method, { warnings: [...method.warnings, warning] })
    plan.methodEvent('access_method.delay_in_issuing', method)
  }
}
