/**
 * What opens doors that a grant has lost: credentials on their way out, and methods that have not followed yet. Noted on
 * the grant, which then tells of it until the last system has confirmed (waiting.ts).
 */
import type { AcsCredentialRecord } from '../records.ts'
import type { GrantPlan } from './plan.ts'
import { settleWaiting, withChange, type GrantChange, type LostDoor, type NamedDoor } from './waiting.ts'

/** The methods' doors and the credentials, as they are before a change. */
export interface Standing {
  /** Doors by access method. */
  doors: ReadonlyMap<string, readonly string[]>
  credentials: readonly AcsCredentialRecord[]
}

export function whatStands({ facts }: GrantPlan): Standing {
  return {
    doors: new Map(facts.methods.map((method) => [method.access_method_id, method.acs_entrance_ids])),
    credentials: facts.credentials.filter((credential) => !credential.is_deleting),
  }
}

export function namedDoor({ facts }: GrantPlan, acs_entrance_id: string): NamedDoor {
  return { acs_entrance_id, name: facts.doors.get(acs_entrance_id)?.display_name ?? acs_entrance_id }
}

/** Those of the doors that something opens as yet which the change has taken away. */
export function stillOpen(plan: GrantPlan, doorIds: readonly string[], before: Standing): LostDoor[] {
  const { facts } = plan
  const leaving = before.credentials.filter((credential) => credential.is_deleting && mayBeHeld(credential))
  return doorIds.flatMap((id) => {
    const door = facts.doors.get(id)
    const opened = (methodId: string | null): boolean =>
      methodId !== null && before.doors.get(methodId)?.includes(id) === true
    const acs_credential_ids = leaving
      .filter((one) => one.acs_system_id === door?.acs_system_id && opened(one.access_method_id))
      .map((one) => one.acs_credential_id)
    const access_method_ids = facts.methods
      .filter((one) => one.pending.length > 0 && opened(one.access_method_id) && !one.acs_entrance_ids.includes(id))
      .map((one) => one.access_method_id)
    if (acs_credential_ids.length + access_method_ids.length === 0) return []
    return [{ ...namedDoor(plan, id), acs_credential_ids, access_method_ids }]
  })
}

/** Whether its system holds it, or may do. */
function mayBeHeld(credential: AcsCredentialRecord): boolean {
  return credential.reported !== null || credential.attempts > 0 || credential.was_asked === true
}

/** Notes on the grant what it now waits for. */
export function awaitChange(plan: GrantPlan, change: GrantChange): void {
  const { facts, grant, now } = plan
  const pending = withChange(grant, change, now)
  if (pending.length === 0 && grant.pending.length === 0) return
  plan.setGrant({ pending })
  const left = settleWaiting(grant, facts.methods, now)
  if (left !== null) plan.setGrant(left)
}

/** Strikes off what the grant does not wait for any more. */
export function settleAwaited(plan: GrantPlan): void {
  const left = settleWaiting(plan.grant, plan.facts.methods, plan.now)
  if (left !== null) plan.setGrant(left)
}
