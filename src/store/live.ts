/**
 * What has just changed, told to those who watch: the pages of the console. Whoever writes announces it, outside the
 * command's transaction and many changes at once (as jobs are: job-announcements.ts), and who listens asks for the rest.
 * An announcement that gets lost with its process costs a page the wait for the next one.
 */
import pg from 'pg'
import type { ChangeSet } from '../domain/changes.ts'
import type { Log } from '../log.ts'
import type { Store } from './store.ts'

const CHANNEL = 'lockstitch_live'
/** Changes of this many milliseconds are announced together. */
const DEBOUNCE_MS = 50
/** An announcement has 8000 bytes at most: what is more than so many ids is told by its kind alone. */
const MOST_IDS = 80
/** A lost connection is made again after so long (milliseconds). */
const RETRY_MS = 1000

/** What changed in a workspace. */
export interface Change {
  /** Of resources, named as on the wire; `sandbox` is what stands and lies in a virtual building. */
  kinds: string[]
  event_ids: string[]
  action_attempt_ids: string[]
}

/** Tables whose rows pages show, and what they are called there. */
const KINDS: Readonly<Record<string, string>> = {
  access_grant: 'access_grant',
  access_method: 'access_method',
  acs_access_group: 'acs_access_group',
  acs_credential: 'acs_credential',
  acs_encoder: 'acs_encoder',
  acs_entrance: 'acs_entrance',
  acs_system: 'acs_system',
  acs_user: 'acs_user',
  action_attempt: 'action_attempt',
  bridge: 'bridge',
  client_session: 'client_session',
  connect_webview: 'connect_webview',
  connected_account: 'connected_account',
  door_attempt: 'sandbox',
  event: 'event',
  instant_key: 'instant_key',
  phone: 'device',
  space: 'space',
  user_identity: 'user_identity',
  virtual_record: 'sandbox',
  webhook: 'webhook',
  webhook_attempt: 'webhook_delivery',
  webhook_delivery: 'webhook_delivery',
  workspace: 'workspace',
}

/** Every kind there is: said when anything may have been missed. */
export const ALL_KINDS: readonly string[] = [...new Set(Object.values(KINDS))].sort()

/** What a set of changes changes for those who watch; `eventIds` are those of its events. */
export function changeOf(changes: ChangeSet, eventIds: readonly string[]): Change {
  const tables = [changes.inserts, changes.updates, changes.deletes].flatMap((lists) => Object.keys(lists))
  const attempts = [...(changes.inserts.action_attempt ?? []), ...(changes.updates.action_attempt ?? [])]
  return {
    kinds: kindsOf(eventIds.length === 0 ? tables : [...tables, 'event']),
    event_ids: [...eventIds],
    action_attempt_ids: attempts.flatMap(({ action_attempt_id: id }) => (id === undefined ? [] : [id])),
  }
}

const textKinds = new Map<string, string[]>()

/** What a statement changes, by the tables that its text writes to. */
export function changeOfStatement(text: string): Change {
  let kinds = textKinds.get(text)
  if (kinds === undefined) {
    const written = text.matchAll(/\b(?:INSERT INTO|DELETE FROM|UPDATE)\s+"?(\w+)/gi)
    kinds = kindsOf([...written].map((match) => match[1] ?? ''))
    textKinds.set(text, kinds)
  }
  return { kinds, event_ids: [], action_attempt_ids: [] }
}

function kindsOf(tables: readonly string[]): string[] {
  return [...new Set(tables.flatMap((table) => KINDS[table] ?? []))]
}

/** Adds one change to another. */
export function merge(into: Change, more: Change): void {
  const add = (list: string[], items: readonly string[]): void => {
    for (const item of items) if (!list.includes(item)) list.push(item)
  }
  add(into.kinds, more.kinds)
  add(into.event_ids, more.event_ids.slice(0, MOST_IDS))
  add(into.action_attempt_ids, more.action_attempt_ids.slice(0, MOST_IDS))
}

/** Tells every process what this one has written. */
export class ChangeAnnouncer {
  readonly #store: Store
  readonly #log: Log
  #gathered = new Map<string, Change>()

  constructor(store: Store, log: Log) {
    this.#store = store
    this.#log = log
  }

  written(workspaceId: string, change: Change): void {
    if (change.kinds.length === 0) return
    if (this.#gathered.size === 0) setTimeout(() => this.#announce(), DEBOUNCE_MS).unref()
    const known = this.#gathered.get(workspaceId)
    if (known === undefined) this.#gathered.set(workspaceId, { ...change })
    else merge(known, change)
  }

  #announce(): void {
    const texts = [...this.#gathered].map(([workspace_id, change]) => {
      const event_ids = change.event_ids.slice(0, MOST_IDS)
      const action_attempt_ids = change.action_attempt_ids.slice(0, MOST_IDS)
      return JSON.stringify({ workspace_id, kinds: change.kinds, event_ids, action_attempt_ids })
    })
    this.#gathered = new Map()
    this.#store
      .system(`SELECT pg_notify('${CHANNEL}', x) FROM json_array_elements_text($1::json) AS x`, [JSON.stringify(texts)])
      .catch((error: unknown) => this.#log.warn({ err: String(error) }, 'changes could not be announced'))
  }
}

/** Who is told. */
export interface Watcher {
  changed(workspaceId: string, change: Change): void
  /** A console session has ended. */
  sessionEnded(sessionId: string): void
  /** A workspace, its keys or its members changed; '' = those of any. */
  workspaceChanged(workspaceId: string): void
  /** The connection was lost and is back: anything may have happened meanwhile. */
  missed(): void
}

/** Hears of changes from every process of the database, as long as somebody watches. */
export class ChangeListener implements AsyncDisposable {
  readonly #connection: pg.ClientConfig
  readonly #log: Log
  readonly #watcher: Watcher
  #client: pg.Client | null = null
  #retry: NodeJS.Timeout | null = null
  #listening: Promise<void> | null = null
  #wasLost = false

  constructor(connection: pg.ClientConfig, log: Log, watcher: Watcher) {
    this.#connection = connection
    this.#log = log
    this.#watcher = watcher
  }

  /** Listens from now on; what is written after it has come back is heard of. @throws when the database cannot be reached */
  start(): Promise<void> {
    this.#listening ??= this.#connect()
    return this.#listening
  }

  /** Nobody watches any more. */
  async stop(): Promise<void> {
    if (this.#retry !== null) clearTimeout(this.#retry)
    this.#retry = null
    this.#listening = null
    this.#wasLost = false
    const client = this.#client
    this.#client = null
    await client?.end().catch(() => undefined)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #connect(): Promise<void> {
    const client = new pg.Client(this.#connection)
    this.#client = client
    const lost = (): void => {
      if (this.#client !== client) return
      this.#client = null
      this.#wasLost = true
      this.#listening = null
      this.#retry = setTimeout(() => void this.start().catch(() => undefined), RETRY_MS)
    }
    client.on('error', lost)
    client.on('end', lost)
    client.on('notification', ({ channel, payload = '' }) => this.#hear(channel, payload))
    try {
      await client.connect()
      await client.query(`LISTEN ${CHANNEL}; LISTEN lockstitch_console_session; LISTEN lockstitch_sign_in`)
    } catch (error) {
      this.#log.warn({ err: String(error) }, 'cannot listen for changes; open consoles hear of them later')
      lost()
      throw error
    }
    if (this.#wasLost) this.#watcher.missed()
    this.#wasLost = false
  }

  #hear(channel: string, payload: string): void {
    if (channel === 'lockstitch_console_session') this.#watcher.sessionEnded(payload)
    else if (channel === 'lockstitch_sign_in') this.#watcher.workspaceChanged(payload)
    else {
      const { workspace_id, ...change } = JSON.parse(payload) as Change & { workspace_id: string }
      this.#watcher.changed(workspace_id, change)
    }
  }
}

/** Which of these users are members of their workspaces. */
export async function membersAmong(
  store: Store,
  pairs: readonly { workspace_id: string; user_id: string }[],
): Promise<ReadonlySet<string>> {
  if (pairs.length === 0) return new Set()
  const rows = await store.system<{ workspace_id: string; user_id: string }>(
    `SELECT m.workspace_id, m.user_id FROM workspace_member m
       JOIN json_to_recordset($1::json) AS x(workspace_id uuid, user_id uuid) USING (workspace_id, user_id)`,
    [JSON.stringify(pairs)],
  )
  return new Set(rows.map(({ workspace_id, user_id }) => `${workspace_id} ${user_id}`))
}
