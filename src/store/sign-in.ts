/**
 * Who stands behind a key or token. Answers are cached in memory as long as the database announces what makes them
 * stale (LISTEN lockstitch_sign_in); while that connection is down nothing is cached.
 */
import { timingSafeEqual } from 'node:crypto'
import pg from 'pg'
import type { ClientSessionRecord } from '../domain/records.ts'
import { parseToken } from '../domain/tokens.ts'
import type { Log } from '../log.ts'
import { KeyUse } from './keys.ts'
import type { Store } from './store.ts'
import type { Workspaces } from './workspaces.ts'

export interface ApiKeyOwner {
  workspace_id: string
  api_key_id: string
}

export interface TokenOwner {
  user_id: string
  personal_access_token_id: string
}

/** Cached keys are few; guesses are never cached. */
const CACHE_LIMIT = 10_000

export class SignIn implements AsyncDisposable {
  readonly #store: Store
  readonly #workspaces: Workspaces
  readonly #connection: pg.ClientConfig
  readonly #log: Log
  readonly #apiKeys = new Map<string, ApiKeyOwner>()
  readonly #use: KeyUse
  #listener: pg.Client | null = null
  #retry: NodeJS.Timeout | null = null
  #isCaching = false
  #closed = false

  constructor(store: Store, workspaces: Workspaces, connection: pg.ClientConfig, log: Log) {
    this.#store = store
    this.#workspaces = workspaces
    this.#connection = connection
    this.#log = log
    this.#use = new KeyUse(store)
  }

  /** Starts listening for what makes cached answers stale. */
  async listen(): Promise<void> {
    if (this.#closed) return
    const client = new pg.Client(this.#connection)
    client.on('notification', (message) => {
      this.#apiKeys.clear()
      if (message.payload !== undefined) this.#workspaces.forget(message.payload)
    })
    const lost = () => {
      if (this.#listener !== client) return
      this.#listener = null
      this.#setCaching(false)
      if (!this.#closed) this.#retry = setTimeout(() => void this.listen(), 1000)
    }
    client.on('error', lost)
    client.on('end', lost)
    this.#listener = client
    try {
      await client.connect()
      await client.query('LISTEN lockstitch_sign_in')
      this.#setCaching(true)
    } catch (error) {
      this.#log.warn({ err: String(error) }, 'cannot listen for changed keys; nothing is cached meanwhile')
      lost()
    }
  }

  #setCaching(isCaching: boolean): void {
    this.#isCaching = isCaching
    this.#apiKeys.clear()
    this.#workspaces.setCaching(isCaching)
  }

  async apiKey(text: string): Promise<ApiKeyOwner | undefined> {
    const owner = await this.#ownerOfKey(text)
    if (owner !== undefined) this.#use.apiKey(owner)
    return owner
  }

  async #ownerOfKey(text: string): Promise<ApiKeyOwner | undefined> {
    const cached = this.#apiKeys.get(text)
    if (cached !== undefined) return cached
    const token = parseToken(text)
    const rows = await this.#store.system<ApiKeyOwner & { token_hash: string }>(
      'SELECT workspace_id, api_key_id, token_hash FROM api_key WHERE token_short = $1 AND revoked_at IS NULL',
      [token.short],
    )
    const row = rows[0]
    if (row === undefined || !sameHash(row.token_hash, token.hash)) return undefined
    const owner = { workspace_id: row.workspace_id, api_key_id: row.api_key_id }
    if (this.#isCaching && this.#apiKeys.size < CACHE_LIMIT) this.#apiKeys.set(text, owner)
    return owner
  }

  async personalAccessToken(text: string): Promise<TokenOwner | undefined> {
    const token = parseToken(text)
    const rows = await this.#store.system<TokenOwner & { token_hash: string }>(
      'SELECT user_id, personal_access_token_id, token_hash FROM personal_access_token WHERE token_short = $1',
      [token.short],
    )
    const row = rows[0]
    if (row === undefined || !sameHash(row.token_hash, token.hash)) return undefined
    this.#use.personalAccessToken(row.personal_access_token_id)
    return { user_id: row.user_id, personal_access_token_id: row.personal_access_token_id }
  }

  /** The session of a client session token, expired or revoked ones included. */
  async clientSession(text: string): Promise<ClientSessionRecord | undefined> {
    const token = parseToken(text)
    const rows = await this.#store.system<ClientSessionRecord>('SELECT * FROM client_session WHERE token_short = $1', [
      token.short,
    ])
    const row = rows[0]
    return row !== undefined && sameHash(row.token_hash, token.hash) ? row : undefined
  }

  async workspaceOfPublishableKey(key: string): Promise<string | undefined> {
    const rows = await this.#store.system<{ workspace_id: string }>(
      'SELECT workspace_id FROM workspace WHERE publishable_key = $1',
      [key],
    )
    return rows[0]?.workspace_id
  }

  async isMember(userId: string, workspaceId: string): Promise<boolean> {
    const rows = await this.#store.system(
      'SELECT 1 AS is_member FROM workspace_member WHERE user_id = $1 AND workspace_id = $2',
      [userId, workspaceId],
    )
    return rows.length > 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    if (this.#retry !== null) clearTimeout(this.#retry)
    const listener = this.#listener
    this.#listener = null
    await listener?.end().catch(() => undefined)
  }
}

function sameHash(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
