/**
 * Keys of a grant that were taken away at first hand, past the grant: the credential behind an access method deleted or
 * unassigned, its user deleted, taken out of the group that was made for the grant, or shut out of all doors. Nothing is
 * put back: whoever did it will have meant it. But the grant must not look as if all were well.
 */
import { carriesDoors, grantsThroughGroups } from '../../systems/kit/definition.ts'
import type { AccessMethodRecord, AcsCredentialRecord } from '../records.ts'
import { isGrantGroup } from './facts.ts'
import type { GrantPlan, SystemRef } from './plan.ts'
import { sameWindow } from './windows.ts'

/** An access method of the grant, and which of its doors it does not open any more. */
export interface LostKey {
  method: AccessMethodRecord
  how: 'credential_deleted' | 'credential_unassigned' | 'access_revoked'
  /** Where it happened; null when no credential is left that would say so. */
  system: SystemRef | null
  acs_entrance_ids: string[]
}

/** What was taken away of the grant's access methods, as things stand. */
export function lostKeys(plan: GrantPlan): LostKey[] {
  const { facts, grant } = plan
  const methods = facts.methods.filter((method) => method.access_grant_ids.includes(grant.access_grant_id))
  return methods.flatMap((method) => {
    const own = plan.credentialsOf(method).filter((credential) => credential.parent_acs_credential_id === null)
    // One that could not be made again after the grant had ended says so in its errors.
    const isExplained = grant.errors.some((error) => error['mode'] === method.mode)
    if (own.length === 0 && method.acs_entrance_ids.length > 0 && !isExplained) {
      return [{ method, how: 'credential_deleted', system: null, acs_entrance_ids: method.acs_entrance_ids }]
    }
    return own.flatMap((credential) => lostAt(plan, method, credential))
  })
}

function lostAt(plan: GrantPlan, method: AccessMethodRecord, credential: AcsCredentialRecord): LostKey[] {
  const { facts } = plan
  const system = plan.systems.get(credential.acs_system_id)
  if (system === undefined) return []
  const doors = method.acs_entrance_ids.filter((id) => facts.doors.get(id)?.acs_system_id === system.acs_system_id)
  if (credential.acs_user_id === null)
    return [{ method, how: 'credential_unassigned', system, acs_entrance_ids: doors }]
  const open = doorsOf(plan, credential, system)
  const closed = open === null ? [] : doors.filter((id) => !open.has(id))
  return closed.length === 0 ? [] : [{ method, how: 'access_revoked', system, acs_entrance_ids: closed }]
}

/** The doors the credential has through the grant; null where that cannot be told. */
function doorsOf(plan: GrantPlan, credential: AcsCredentialRecord, system: SystemRef): Set<string> | null {
  const { facts, window } = plan
  if (carriesDoors(system.definition)) return new Set(credential.acs_entrance_ids)
  if (!grantsThroughGroups(system.definition)) return null
  const user = facts.users.find((one) => one.acs_user_id === credential.acs_user_id)
  if (user === undefined) return null
  const groups = facts.groups.filter(
    (group) =>
      user.acs_access_group_ids.includes(group.acs_access_group_id) &&
      isGrantGroup(group) &&
      !group.is_deleting &&
      sameWindow({ starts_at: group.starts_at ?? '', ends_at: group.ends_at }, window),
  )
  return new Set(groups.flatMap((group) => group.acs_entrance_ids))
}

/**
 * Takes note of what was taken away, or given back: doors that nothing opens are lost. That an access method without its
 * credential is not issued any more was noted when the credential went (domain/credentials/credential.ts).
 */
export function settleLostKeys(plan: GrantPlan): void {
  const { grant, facts } = plan
  if (grant.is_ended) return
  const lost = lostKeys(plan)
  const open = new Set(
    facts.methods
      .filter((method) => method.access_grant_ids.includes(grant.access_grant_id))
      .flatMap((method) => {
        const closed = lost.filter((one) => one.method === method).flatMap((one) => one.acs_entrance_ids)
        return method.acs_entrance_ids.filter((id) => !closed.includes(id))
      }),
  )
  const gone = grant.granted_door_ids.filter((id) => !open.has(id))
  if (gone.length > 0) {
    plan.setGrant({
      granted_door_ids: grant.granted_door_ids.filter((id) => open.has(id)),
      is_granted_to_all_doors: false,
    })
    for (const acs_entrance_id of gone) {
      plan.changes.event('access_grant.access_to_door_lost', {
        access_grant_id: grant.access_grant_id,
        acs_entrance_id,
      })
    }
  }
  // Given back, its doors are opened again once the systems confirm the credentials.
  const wasLost = grant.warnings.some((warning) => warning['reason'] === 'access_revoked')
  if (wasLost && lost.length === 0) {
    for (const method of facts.methods) {
      for (const credential of plan.credentialsOf(method))
        plan.setCredential(credential, plan.dirty(credential.acs_system_id))
    }
  }
}
