/** What the operations on access grants share: finding grants, and showing them. */
import { doorsWithOtherCode, presentAccessGrant } from '../../domain/present/access-grant.ts'
import type { MobileKeyAccess } from '../../domain/present/access-method.ts'
import type { AccessGrantRecord, AccessMethodRecord, Json } from '../../domain/records.ts'
import { ChangeSet } from '../../domain/changes.ts'
import type { Tools } from '../../domain/grants/plan.ts'
import { getAccessGrant, methodsOfGrants, mobileKeysOf } from '../../store/access-grants.ts'
import { systemsHolding } from '../../store/deletion-facts.ts'
import { loadDoors } from '../../store/grant-facts.ts'
import { errors } from '../errors.ts'
import type { Call } from '../operation.ts'

/** The customer whose resources alone the caller sees; null for callers who see the whole workspace. */
export function customerOf(call: Call): string | null {
  return call.caller.kind === 'client_session_with_customer' ? call.caller.session.customer_key : null
}

/** What making rows takes. */
export function toolsOf(call: Call): Tools {
  const { ids, sealer } = call.services
  return { ids, seal: (text) => sealer.seal(text) }
}

/** The grant with this id or key. @throws ApiError 404 */
export async function requireGrant(
  call: Call,
  by: { access_grant_id: string } | { access_grant_key: string },
): Promise<AccessGrantRecord> {
  const wanted = 'access_grant_id' in by ? { access_grant_id: by.access_grant_id.toLowerCase() } : by
  const grant = await getAccessGrant(call.services.store, call.workspaceId, wanted, customerOf(call))
  if (grant === undefined) throw errors.notFound('access_grant', by)
  return grant
}

/** A grant that can still be changed. @throws ApiError 404 */
export async function requireLivingGrant(
  call: Call,
  by: { access_grant_id: string } | { access_grant_key: string },
): Promise<AccessGrantRecord> {
  const grant = await requireGrant(call, by)
  if (grant.is_deleting) throw errors.beingDeleted('access_grant', { access_grant_id: grant.access_grant_id })
  return grant
}

/** What the caller opens the mobile keys among these methods with, by method. */
export async function mobileKeysFor(
  call: Call,
  methods: readonly AccessMethodRecord[],
): Promise<Map<string, MobileKeyAccess>> {
  const ids = methods.flatMap((method) => (method.mode === 'mobile_key' ? [method.access_method_id] : []))
  const rows = await mobileKeysOf(call.services.store, call.workspaceId, ids)
  return new Map(
    rows.map(({ token_sealed, ...key }) => [
      key.access_method_id,
      { ...key, client_session_token: call.services.sealer.open(token_sealed) },
    ]),
  )
}

/** Grants on the wire, in the order given. */
export async function showGrants(call: Call, grants: readonly AccessGrantRecord[]): Promise<Json[]> {
  const ids = grants.map((grant) => grant.access_grant_id)
  const methods = await methodsOfGrants(call.services.store, call.workspaceId, ids)
  const [mobileKeys, systemsHolding] = await Promise.all([
    mobileKeysFor(call, methods),
    systemsStillHolding(call, methods),
  ])
  const byGrant = new Map<string, AccessMethodRecord[]>(ids.map((id) => [id, []]))
  for (const method of methods) for (const id of method.access_grant_ids) byGrant.get(id)?.push(method)
  const views = grants.map((grant) => ({
    grant,
    methods: byGrant.get(grant.access_grant_id) ?? [],
    mobileKeys,
    systemsHolding,
  }))
  // Read only where a warning is about doors, which is seldom.
  const doors = await loadDoors(call.services.store, call.workspaceId, [...new Set(views.flatMap(doorsWithOtherCode))])
  const doorNames = new Map([...doors.values()].map((door) => [door.acs_entrance_id, door.display_name]))
  return views.map((view) => presentAccessGrant({ ...view, doorNames }, call.services.publicUrl, call.now))
}

/** The grant as it is now, after a command. */
export async function showGrant(call: Call, accessGrantId: string): Promise<Json> {
  const [shown] = await showGrants(call, [await requireGrant(call, { access_grant_id: accessGrantId })])
  if (shown === undefined) throw errors.notFound('access_grant', { access_grant_id: accessGrantId })
  return shown
}

/** The names of the systems that deletions of these methods wait for, by method. */
export function systemsStillHolding(
  call: Call,
  methods: readonly AccessMethodRecord[],
): Promise<Map<string, string[]>> {
  const ids = methods.flatMap((method) => (method.is_deleting ? [method.access_method_id] : []))
  return systemsHolding(call.services.store, call.workspaceId, ids)
}

/** What a deletion leaves to be done: systems that have to hear of it, and the credentials to be taken down there. */
export interface TakingDown {
  systems: string[]
  credentials: string[]
}

/** Asks the systems at once that have not confirmed the deletion of these methods yet. */
export function askAgain(call: Call, methods: () => Promise<readonly AccessMethodRecord[]>): Promise<TakingDown> {
  return call.decide(async () => {
    const ids = (await methods()).flatMap((method) => (method.is_deleting ? [method.access_method_id] : []))
    const rows = await call.services.store.getMany(call.workspaceId, 'acs_credential', 'access_method_id', ids)
    const left = rows.filter((credential) => credential.is_deleting)
    const changes = new ChangeSet()
    for (const { acs_credential_id, acs_system_id, version } of left) {
      const again = { acs_credential_id, version, is_dirty: true, retry_at: null }
      changes.update('acs_credential', 'acs_credential_id', again)
      changes.job('provision', acs_system_id, call.now)
    }
    const systems = [...new Set(left.map((credential) => credential.acs_system_id))]
    return { changes, result: { systems, credentials: left.map((credential) => credential.acs_credential_id) } }
  })
}

/** What a change takes down. Read before the store writes the jobs, which may give their keys a tail of its own. */
export function takingDown(changes: ChangeSet): TakingDown {
  const systems = changes.jobs.flatMap((job) => (job.kind === 'provision' ? [job.key] : []))
  return { systems, credentials: takenDown(changes) }
}

/** Waits for the systems to take it down, and says where they have not. */
export async function tellTakingDown(call: Call, parameter: string, parts: readonly TakingDown[]): Promise<void> {
  await call.services.whenProvisioned(call.workspaceId, [...new Set(parts.flatMap((part) => part.systems))])
  await tellWhatStillOpens(
    call,
    parameter,
    parts.flatMap((part) => part.credentials),
  )
}

/** The credentials that a change takes down. */
function takenDown(changes: ChangeSet): string[] {
  const rows = changes.updates.acs_credential ?? []
  return rows.flatMap((row) =>
    row.is_deleting === true && row.acs_credential_id !== undefined ? [row.acs_credential_id] : [],
  )
}

/** Says where access that was taken away is not gone yet: a system that does not answer goes on opening its doors. */
async function tellWhatStillOpens(call: Call, parameter: string, credentialIds: readonly string[]): Promise<void> {
  const left = await call.services.store.getMany(call.workspaceId, 'acs_credential', 'acs_credential_id', credentialIds)
  if (left.length === 0) return
  const ids = [...new Set(left.map((credential) => credential.acs_system_id))]
  const systems = await call.services.store.getMany(call.workspaceId, 'acs_system', 'acs_system_id', ids)
  const names = systems.map((system) => system.name).join(', ')
  call.tell({
    warning_code: 'no_effect_yet',
    parameter,
    message: `Access is still being taken away at ${names}: until the access system confirms it, its doors may open. What was deleted stays readable with the warning being_deleted until then; if this lasts, check that the system is online.`,
  })
}
