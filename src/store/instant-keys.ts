/** Instant Keys of a workspace; the page finds one by its short code, across workspaces. */
import type { InstantKeyRecord } from '../domain/records.ts'
import { Conditions } from './conditions.ts'
import type { Store } from './store.ts'

export function listInstantKeys(
  store: Store,
  workspaceId: string,
  userIdentityId?: string,
): Promise<InstantKeyRecord[]> {
  const where = new Conditions()
  if (userIdentityId !== undefined) where.and((p) => `user_identity_id = ${p}`, userIdentityId)
  return store.read(
    workspaceId,
    `SELECT * FROM instant_key WHERE workspace_id = $1${where.text} ORDER BY created_at, instant_key_id`,
    where.values,
  )
}

export async function getInstantKey(
  store: Store,
  workspaceId: string,
  by: { instant_key_id: string } | { short_code: string },
): Promise<InstantKeyRecord | undefined> {
  const [column, value] = 'instant_key_id' in by ? ['instant_key_id', by.instant_key_id] : ['short_code', by.short_code]
  const [key] = await store.read<InstantKeyRecord>(
    workspaceId,
    `SELECT * FROM instant_key WHERE workspace_id = $1 AND ${column} = $2`,
    [value],
  )
  return key
}

/** The key with this short code in any workspace: whoever opens the link has nothing else to name it by. */
export async function findInstantKey(store: Store, shortCode: string): Promise<InstantKeyRecord | undefined> {
  const [key] = await store.system<InstantKeyRecord>('SELECT * FROM instant_key WHERE short_code = $1', [shortCode])
  return key
}
