/**
 * The second half of a deletion (core.md 6.9, 7.7). A grant or access method that was deleted stays to be read, with the
 * warning `being_deleted`, until the last credential behind it is gone at its system: until then doors may open. Pure.
 */
import type { ChangeSet } from '../changes.ts'
import type { AccessGrantRecord, AccessMethodRecord, AcsCredentialRecord, Problem } from '../records.ts'

/** What stands around credentials that are gone. Read the methods before everything else: see {@link finishDeletions}. */
export interface DeletionFacts {
  /** The access methods behind the credentials. */
  methods: AccessMethodRecord[]
  /** All credentials of those methods that have rows, the ones that are gone included. */
  credentials: Pick<AcsCredentialRecord, 'acs_credential_id' | 'access_method_id'>[]
  /** The grants of those methods. */
  grants: AccessGrantRecord[]
  /** All access methods of those grants. */
  siblings: Pick<AccessMethodRecord, 'access_method_id' | 'access_grant_ids'>[]
}

const BEING_DELETED = 'being_deleted'

/** The warning of a grant or access method whose deletion is under way. */
export function beingDeleted(what: 'access grant' | 'access method', now: string): Problem {
  return { created_at: now, warning_code: BEING_DELETED, message: `This ${what} is being deleted.` }
}

/** The warnings with the names of the systems that have not confirmed the deletion yet. */
export function namingSystems(warnings: readonly Problem[], systems: readonly string[]): Problem[] {
  if (systems.length === 0) return [...warnings]
  const [have, them] = systems.length === 1 ? ['has', 'it'] : ['have', 'them']
  const waits = `${systems.join(', ')} ${have} not confirmed yet that access is gone: until then doors there may open. If this lasts, check that the access system is online; deleting again asks ${them} at once.`
  return warnings.map((warning) =>
    warning.warning_code === BEING_DELETED ? { ...warning, message: `${warning.message} ${waits}` } : warning,
  )
}

/**
 * Credentials are gone: access methods and grants whose deletion waited for the last of them go too, in this order, each
 * with its event. Two systems that confirm at once must not each find the other missing, nor a deletion begin unseen:
 * what stays is written as well, so that whoever read it meanwhile decides again.
 */
export function finishDeletions(changes: ChangeSet, gone: readonly AcsCredentialRecord[], facts: DeletionFacts): void {
  const goneIds = new Set(gone.map((credential) => credential.acs_credential_id))
  const finished = new Set<string>()
  for (const method of facts.methods) {
    const { access_method_id, version } = method
    const isHeld = facts.credentials.some(
      (one) => one.access_method_id === access_method_id && !goneIds.has(one.acs_credential_id),
    )
    if (!method.is_deleting || isHeld) {
      changes.update('access_method', 'access_method_id', { access_method_id, version })
      continue
    }
    finished.add(access_method_id)
    changes.delete('access_method', { access_method_id, version })
    changes.event('access_method.deleted', payloadOf(method, gone, facts.grants))
  }
  if (finished.size === 0) return
  for (const { access_grant_id, version, is_deleting } of facts.grants) {
    if (!is_deleting) continue
    const own = facts.siblings.filter((one) => one.access_grant_ids.includes(access_grant_id))
    if (!own.some((one) => finished.has(one.access_method_id))) continue
    if (own.every((one) => finished.has(one.access_method_id))) {
      changes.delete('access_grant', { access_grant_id, version })
      changes.event('access_grant.deleted', { access_grant_id })
    } else changes.update('access_grant', 'access_grant_id', { access_grant_id, version })
  }
}

function payloadOf(
  { access_method_id, access_grant_ids, acs_system_id }: AccessMethodRecord,
  gone: readonly AcsCredentialRecord[],
  grants: readonly AccessGrantRecord[],
): Record<string, unknown> {
  const keys = grants.flatMap((grant) =>
    grant.access_grant_key !== null && access_grant_ids.includes(grant.access_grant_id) ? [grant.access_grant_key] : [],
  )
  const place = gone.find((one) => one.access_method_id === access_method_id && one.acs_system_id === acs_system_id)
  return {
    access_method_id,
    access_grant_ids,
    ...(keys.length > 0 ? { access_grant_keys: keys } : {}),
    ...(place === undefined ? {} : { acs_system_id, connected_account_id: place.connected_account_id }),
  }
}
