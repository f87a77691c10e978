/** API keys and personal access tokens as their owners see them: by name and last characters, never the secret. */
import { toIso } from '../clock.ts'
import type { Token } from '../domain/tokens.ts'
import type { Store } from './store.ts'

export interface ListedKey {
  id: string
  name: string
  /** Last four characters; null = made before they were noted. */
  token_hint: string | null
  created_at: string
  /** To the minute. */
  last_used_at: string | null
}

export interface ListedApiKey extends ListedKey {
  created_by: string | null
}

/** The part of a token that may be shown. */
export function hintOf({ text }: Token): string {
  return text.slice(-4)
}

export function apiKeysOf(store: Store, workspaceId: string): Promise<ListedApiKey[]> {
  return store.system<ListedApiKey>(
    `SELECT k.api_key_id AS id, k.name, k.token_hint, k.created_at, t.last_used_at, k.created_by_user_id AS created_by
       FROM api_key k LEFT JOIN api_key_use t USING (workspace_id, api_key_id)
      WHERE k.workspace_id = $1 AND k.revoked_at IS NULL ORDER BY k.created_at, k.api_key_id`,
    [workspaceId],
  )
}

/** Ends a key. The database tells every process (store/sign-in.ts). Answers whether it was good until now. */
export async function revokeApiKey(store: Store, workspaceId: string, apiKeyId: string, now: string): Promise<boolean> {
  const rows = await store.system(
    'UPDATE api_key SET revoked_at = $3 WHERE workspace_id = $1 AND api_key_id = $2 AND revoked_at IS NULL RETURNING 1 AS revoked',
    [workspaceId, apiKeyId, now],
  )
  return rows.length > 0
}

export function tokensOf(store: Store, userId: string): Promise<ListedKey[]> {
  return store.system<ListedKey>(
    `SELECT t.personal_access_token_id AS id, t.name, t.token_hint, t.created_at, u.last_used_at
       FROM personal_access_token t LEFT JOIN personal_access_token_use u USING (personal_access_token_id)
      WHERE t.user_id = $1 ORDER BY t.created_at, t.personal_access_token_id`,
    [userId],
  )
}

/** Ends a token of a user. It is asked for at every request, so it ends everywhere. */
export async function deleteToken(store: Store, userId: string, tokenId: string): Promise<boolean> {
  const rows = await store.system(
    'DELETE FROM personal_access_token WHERE user_id = $1 AND personal_access_token_id = $2 RETURNING 1 AS gone',
    [userId, tokenId],
  )
  return rows.length > 0
}

/** When a key was last used is noted no more often, by each process. */
const NOTED_EVERY_MS = 60_000
const MOST_NOTED = 10_000

/** Notes the use of keys and tokens, behind the requests that use them. */
export class KeyUse {
  readonly #store: Store
  readonly #notedAt = new Map<string, number>()

  constructor(store: Store) {
    this.#store = store
  }

  apiKey({ workspace_id, api_key_id }: { workspace_id: string; api_key_id: string }): void {
    this.#note(
      api_key_id,
      `INSERT INTO api_key_use (workspace_id, api_key_id, last_used_at) VALUES ($2, $3, $1)
       ON CONFLICT (workspace_id, api_key_id) DO UPDATE SET last_used_at = greatest(api_key_use.last_used_at, excluded.last_used_at)`,
      [workspace_id, api_key_id],
    )
  }

  personalAccessToken(id: string): void {
    this.#note(
      id,
      `INSERT INTO personal_access_token_use (personal_access_token_id, last_used_at) VALUES ($2, $1)
       ON CONFLICT (personal_access_token_id) DO UPDATE SET last_used_at = greatest(personal_access_token_use.last_used_at, excluded.last_used_at)`,
      [id],
    )
  }

  #note(id: string, text: string, values: string[]): void {
    const now = this.#store.clock.now()
    if ((this.#notedAt.get(id) ?? -Infinity) + NOTED_EVERY_MS > now) return
    if (this.#notedAt.size >= MOST_NOTED) this.#notedAt.clear()
    this.#notedAt.set(id, now)
    // A note that is lost is made a minute later.
    this.#store.system(text, [toIso(now), ...values]).catch(() => undefined)
  }
}
