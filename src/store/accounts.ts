/** Workspaces, their members and their keys: written as the system role, since no workspace is bound yet. */
import type { WorkspaceRecord } from '../domain/records.ts'
import type { Token } from '../domain/tokens.ts'
import { hintOf } from './keys.ts'
import type { Store } from './store.ts'

/** Writes a workspace with its first member, once. */
export async function insertWorkspace(store: Store, workspace: WorkspaceRecord, ownerUserId: string): Promise<void> {
  const w = workspace
  await store.system(
    `WITH made AS (
       INSERT INTO workspace (workspace_id, name, company_name, connect_partner_name, connect_webview_customization, is_sandbox, publishable_key, organization_id, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (workspace_id) DO NOTHING RETURNING workspace_id, created_at)
     INSERT INTO workspace_member (workspace_id, user_id, role, created_at) SELECT workspace_id, $10::uuid, 'owner', created_at FROM made`,
    [
      w.workspace_id,
      w.name,
      w.company_name,
      w.connect_partner_name,
      JSON.stringify(w.connect_webview_customization),
      w.is_sandbox,
      w.publishable_key,
      w.organization_id,
      w.created_at,
      ownerUserId,
    ],
  )
}

export async function insertApiKey(
  store: Store,
  workspaceId: string,
  apiKeyId: string,
  name: string,
  token: Token,
  now: string,
  createdBy: string | null = null,
): Promise<void> {
  await store.system(
    `INSERT INTO api_key (workspace_id, api_key_id, name, token_short, token_hash, token_hint, created_at, created_by_user_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (token_short) DO NOTHING`,
    [workspaceId, apiKeyId, name, token.short, token.hash, hintOf(token), now, createdBy],
  )
}

export async function insertUser(store: Store, userId: string, now: string): Promise<void> {
  await store.system('INSERT INTO app_user (user_id, created_at) VALUES ($1, $2)', [userId, now])
}

export async function insertPersonalAccessToken(
  store: Store,
  id: string,
  userId: string,
  name: string,
  token: Token,
  now: string,
): Promise<void> {
  await store.system(
    `INSERT INTO personal_access_token (personal_access_token_id, user_id, name, token_short, token_hash, token_hint, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (token_short) DO NOTHING`,
    [id, userId, name, token.short, token.hash, hintOf(token), now],
  )
}

/** The first sandbox workspace, if the server has been started before. */
export async function firstSandbox(store: Store): Promise<string | undefined> {
  const rows = await store.system<{ workspace_id: string }>(
    'SELECT workspace_id FROM workspace WHERE is_sandbox ORDER BY created_at LIMIT 1',
  )
  return rows[0]?.workspace_id
}

/** Sets a workspace's clock; */
export async function setClock(
  store: Store,
  workspaceId: string,
  clock: { clock_offset_ms: number; clock_frozen_at: string | null },
): Promise<void> {
  await store.system(
    'UPDATE workspace SET clock_offset_ms = $2, clock_frozen_at = $3, version = version + 1 WHERE workspace_id = $1',
    [workspaceId, clock.clock_offset_ms, clock.clock_frozen_at],
  )
}
