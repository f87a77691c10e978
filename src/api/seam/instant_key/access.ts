/** What the operations of the Instant Key page share. They are ours: the page is their one caller. */
import { guestDoors, type GuestDoor } from '../../../domain/present/instant-key-doors.ts'
import { customizationOf } from '../../../domain/present/instant-key.ts'
import type { InstantKeyRecord, Json, WorkspaceRecord } from '../../../domain/records.ts'
import { findInstantKey, instantKeyOfSession, keysOnDoors } from '../../../store/instant-keys.ts'
import { errors } from '../../errors.ts'
import type { Call } from '../../operation.ts'
import { guarded } from './guesses.ts'

/** Anyone may call: the short code is the credential. */
export const FOR_ANYONE = { methods: ['POST'], security: [], documented: false }

/** With the client session that the code was exchanged for. */
export const FOR_THE_GUEST = { methods: ['POST'], security: ['client_session'], documented: false }

/** The key with this code, whatever its workspace. @throws ApiError 404, 429 */
export async function requireKey(call: Call, shortCode: string): Promise<InstantKeyRecord> {
  const key = await guarded(call, () => findInstantKey(call.services.store, shortCode.trim().toUpperCase()))
  if (key === undefined) throw errors.notFound('instant_key', {})
  return key
}

/** The Instant Key the caller opened. @throws ApiError 403 for other client sessions */
export async function requireOpenedKey(call: Call): Promise<InstantKeyRecord> {
  const { caller } = call
  const key =
    caller.kind === 'client_session'
      ? await instantKeyOfSession(call.services.store, call.workspaceId, caller.session.client_session_id)
      : undefined
  if (key === undefined) throw errors.forbidden('This client session does not belong to an Instant Key.')
  return key
}

/** All doors that the guest's mobile and cloud keys open, now or later: the key is the person's, not one grant's. */
export async function doorsOf(
  call: Call,
  key: InstantKeyRecord,
  workspace: WorkspaceRecord,
  nowMs: number,
): Promise<GuestDoor[]> {
  const keys = await keysOnDoors(call.services.store, key.workspace_id, key.user_identity_id)
  return guestDoors(keys, nowMs, workspace.is_sandbox)
}

/** The property as the page shows it. */
export function propertyOf(workspace: WorkspaceRecord): Json {
  return { name: workspace.company_name, ...customizationOf(workspace) }
}
