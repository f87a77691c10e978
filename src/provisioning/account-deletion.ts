/**
 * Deleting a connected account (access-systems.md 9.2): spaces and grants lose its doors one by one, each as a command of
 * its own; what Lockstitch holds of its systems goes, row by row with its event; then the account. Nothing is told to the
 * systems: what they hold stays theirs. The operation does it at once; the job finishes what a crash cut short.
 */
import type { Author } from '../domain/audit/author.ts'
import { ChangeSet } from '../domain/changes.ts'
import { updateGrant } from '../domain/grants/change.ts'
import type { Tools } from '../domain/grants/plan.ts'
import { spaceEventPayload } from '../domain/spaces/space.ts'
import { loadGrantFacts } from '../store/access-grants.ts'
import {
  encodersOfAccount,
  entrancesOfAccount,
  grantsOnDoors,
  holdersOfAccount,
  spacesWithAccount,
  systemsCarriedBy,
} from '../store/account-deletion.ts'
import type { Decision, Fence, Store } from '../store/store.ts'
import { systemsOfAccount } from '../store/sync-facts.ts'
import type { Workspaces } from '../store/workspaces.ts'
import type { SystemDefinition } from '../systems/kit/definition.ts'
import { settleCredentialManagers } from './credential-managers.ts'
import type { Provisioning } from './provisioning.ts'
import type { JobRun } from './worker.ts'

/** Kind of the job; its key is the connected_account_id. */
export const ACCOUNT_DELETION = 'account_deletion'

export interface AccountDeletionTools extends Tools {
  store: Store
  workspaces: Workspaces
  provisioning: Pick<Provisioning, 'connections' | 'release'>
  definitionOf: (provider: string) => SystemDefinition
}

/** Handler of the job. */
export async function runAccountDeletion(run: JobRun, tools: AccountDeletionTools): Promise<void> {
  await deleteAccount(run.workspaceId, run.key, tools, { fence: run.fence, author: null, signal: run.signal })
}

/** For whom it is done: by a job, or by the caller whom the audit log names. Aborted, it throws the signal's reason. */
interface Errand {
  fence: Fence | null
  author: Author | null
  signal: AbortSignal
}

/** Rounds until nobody gives a grant or a space one of its doors meanwhile. */
const ROUNDS = 10

export async function deleteAccount(
  workspaceId: string,
  accountId: string,
  tools: AccountDeletionTools,
  { fence, author, signal }: Errand,
): Promise<void> {
  const { store, workspaces, provisioning, definitionOf } = tools
  // Each at its own time: the account goes after what stood on it, in the list of events too.
  const write = async <T>(decision: (now: string) => Promise<Decision<T>>): Promise<T> => {
    const now = await workspaces.nowIso(workspaceId)
    return store.decide(
      workspaceId,
      () => now,
      () => decision(now),
      fence,
      author,
    )
  }
  const systems = await systemsOfAccount(store, workspaceId, accountId)
  for (let round = 0; round < ROUNDS; round++) {
    const doors = new Set((await entrancesOfAccount(store, workspaceId, accountId)).map((one) => one.acs_entrance_id))
    for (const id of await spacesWithAccount(store, workspaceId, accountId, [...doors]))
      await write(() => leaveSpace(store, workspaceId, id, accountId, doors))
    for (const id of await grantsOnDoors(store, workspaceId, [...doors]))
      await write((now) => leaveGrant(workspaceId, id, doors, now, tools))
    for (const system of systems) await provisioning.release(system, fence, signal)
    if (await write(() => removeAccount(store, workspaceId, accountId, doors))) {
      await provisioning.connections.forget(systems.map((system) => system.acs_system_id))
      await settleCredentialManagers(store, workspaceId, await workspaces.nowIso(workspaceId), definitionOf)
      return
    }
  }
  throw new Error('a connected account that is being deleted keeps getting spaces or access grants')
}

async function leaveSpace(
  store: Store,
  workspaceId: string,
  spaceId: string,
  accountId: string,
  doors: ReadonlySet<string>,
): Promise<Decision<void>> {
  const changes = new ChangeSet()
  const space = await store.get(workspaceId, 'space', 'space_id', spaceId)
  if (space === undefined) return { changes, result: undefined }
  const acs_entrance_ids = space.acs_entrance_ids.filter((id) => !doors.has(id))
  const connected_account_ids = space.connected_account_ids.filter((id) => id !== accountId)
  const { space_id, version } = space
  changes.update('space', 'space_id', { space_id, version, acs_entrance_ids, connected_account_ids })
  if (acs_entrance_ids.length < space.acs_entrance_ids.length)
    changes.event('space.device_membership_changed', spaceEventPayload({ ...space, acs_entrance_ids }))
  return { changes, result: undefined }
}

/** The grant goes on with the doors that are left, and says what it has lost. */
async function leaveGrant(
  workspaceId: string,
  grantId: string,
  doors: ReadonlySet<string>,
  now: string,
  tools: AccountDeletionTools,
): Promise<Decision<void>> {
  const { store, definitionOf } = tools
  const nothing = { changes: new ChangeSet(), result: undefined }
  const grant = await store.get(workspaceId, 'access_grant', 'access_grant_id', grantId)
  if (grant === undefined) return nothing
  const acs_entrance_ids = grant.acs_entrance_ids.filter((id) => !doors.has(id))
  const door_ids = grant.door_ids.filter((id) => !doors.has(id))
  if (grant.is_ended || grant.is_deleting) {
    const { access_grant_id, version } = grant
    const granted_door_ids = grant.granted_door_ids.filter((id) => !doors.has(id))
    const left = { acs_entrance_ids, door_ids, granted_door_ids }
    nothing.changes.update('access_grant', 'access_grant_id', { access_grant_id, version, ...left })
    return nothing
  }
  const facts = await loadGrantFacts(store, workspaceId, grantId, definitionOf, { door_ids })
  if (facts === undefined) return nothing
  return { changes: updateGrant(facts, { acs_entrance_ids, door_ids }, now, tools), result: undefined }
}

/** The account goes once nothing stands on its doors. Answers whether it is gone. */
async function removeAccount(
  store: Store,
  workspaceId: string,
  accountId: string,
  doors: ReadonlySet<string>,
): Promise<Decision<boolean>> {
  const changes = new ChangeSet()
  const account = await store.get(workspaceId, 'connected_account', 'connected_account_id', accountId)
  if (account === undefined) return { changes, result: true }
  const systems = await systemsOfAccount(store, workspaceId, accountId)
  const systemIds = systems.map((system) => system.acs_system_id)
  const [entrances, encoders, spaces, grants, isHeld, sessions, carried] = await Promise.all([
    entrancesOfAccount(store, workspaceId, accountId),
    encodersOfAccount(store, workspaceId, accountId),
    spacesWithAccount(store, workspaceId, accountId, [...doors]),
    grantsOnDoors(store, workspaceId, [...doors]),
    holdersOfAccount(store, workspaceId, accountId),
    store.read<{ client_session_id: string; version: number; connected_account_ids: string[] }>(
      workspaceId,
      'SELECT client_session_id, version, connected_account_ids FROM client_session WHERE workspace_id = $1 AND connected_account_ids @> ARRAY[$2::uuid]',
      [accountId],
    ),
    systemsCarriedBy(store, workspaceId, systemIds),
  ])
  if (isHeld || spaces.length > 0 || grants.length > 0 || entrances.some((one) => !doors.has(one.acs_entrance_id)))
    return { changes, result: false }
  for (const { acs_entrance_id, acs_system_id } of entrances)
    changes.event('acs_entrance.removed', { acs_entrance_id, acs_system_id, connected_account_id: accountId })
  for (const { acs_encoder_id, acs_system_id } of encoders)
    changes.event('acs_encoder.removed', { acs_encoder_id, acs_system_id, connected_account_id: accountId })
  for (const { client_session_id, version, connected_account_ids } of sessions) {
    const left = connected_account_ids.filter((id) => id !== accountId)
    changes.update('client_session', 'client_session_id', { client_session_id, version, connected_account_ids: left })
  }
  for (const { acs_system_id, version } of carried) {
    const none = { default_credential_manager_acs_system_id: null }
    changes.update('acs_system', 'acs_system_id', { acs_system_id, version, ...none })
  }
  // Its systems, doors, encoders and bridge go with it.
  changes.delete('connected_account', { connected_account_id: accountId, version: account.version })
  changes.event('connected_account.deleted', {
    connected_account_id: accountId,
    connected_account_type: account.provider,
    ...(account.customer_key === null ? {} : { customer_key: account.customer_key }),
    ...(Object.keys(account.custom_metadata).length === 0
      ? {}
      : { connected_account_custom_metadata: account.custom_metadata }),
  })
  return { changes, result: true }
}
