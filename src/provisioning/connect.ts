/** Connecting a system: the login is proved, what the system holds is read, and all of it is written at once. */
import { toIso } from '../clock.ts'
import { ChangeSet } from '../domain/changes.ts'
import { authorize } from '../domain/connect-webviews/connect-webview.ts'
import type {
  AcsAccessGroupRecord,
  AcsEntranceRecord,
  ClientSessionRecord,
  ConnectedAccountRecord,
  ConnectWebviewRecord,
  Json,
} from '../domain/records.ts'
import type { Ids } from '../ids.ts'
import type { SystemDefinition } from '../systems/kit/definition.ts'
import { entranceFields } from '../domain/sync/places.ts'
import { setupWarnings } from '../domain/sync/declared.ts'
import { noteSuccess, type HealthFacts } from '../domain/sync/health.ts'
import { SYNC_SYSTEM } from './health.ts'
import { newPoolCard } from './pool.ts'
import { POLL_MS } from './sync.ts'
import type { Login, ReportedState, SystemIdentity } from '../systems/kit/driver.ts'

export interface NewConnection {
  definition: SystemDefinition
  identity: SystemIdentity
  state: ReportedState
  /** What else stands on the account: who signed in, the encrypted login, what the caller gave with it. */
  account: Partial<ConnectedAccountRecord>
  /** The webview in which somebody signed in, with the client sessions that hold it; null = they did without. */
  webview: UsedWebview | null
  /** What the bridge is called through which it is reached; null = there is none. */
  bridgeName: string | null
  now: string
  ids: Ids
}

export interface UsedWebview {
  webview: ConnectWebviewRecord
  sessions: readonly ClientSessionRecord[]
}

/** What connecting writes: account, system, entrances, encoders and groups, with their events (core.md section 11). */
export function connectedSystem(connection: NewConnection): {
  changes: ChangeSet
  acs_system_id: string
  connected_account_id: string
} {
  const { definition, identity, state, now, ids } = connection
  const changes = new ChangeSet()
  const connected_account_id = ids.uuid()
  const acs_system_id = ids.uuid()
  const account = { connected_account_id }
  const system = { connected_account_id, acs_system_id }
  const { customer_key = null, custom_metadata = {} } = connection.account
  changes.insert('connected_account', {
    ...account,
    provider: definition.provider,
    account_type_display_name: definition.display_name,
    display_name: identity.name,
    ...connection.account,
    created_at: now,
  })
  if (connection.bridgeName !== null) {
    changes.insert('bridge', { ...account, bridge_id: ids.uuid(), name: connection.bridgeName, created_at: now })
  }
  if (connection.webview !== null) {
    const { webview, sessions } = connection.webview
    authorize(changes, webview, { ...account, customer_key, custom_metadata }, definition.provider, sessions, now)
    const login = { ...account, connect_webview_id: webview.connect_webview_id }
    changes.event('connected_account.created', login)
    changes.event('connected_account.successful_login', login)
  }
  changes.event('connected_account.connected', {
    ...account,
    ...(connection.webview === null ? {} : { connect_webview_id: connection.webview.webview.connect_webview_id }),
    ...(customer_key === null ? {} : { customer_key }),
  })
  changes.insert('acs_system', {
    ...system,
    provider: definition.provider,
    external_id: identity.external_id,
    name: identity.name,
    time_zone: identity.time_zone,
    metadata: identity.metadata,
    warnings: setupWarnings(
      [],
      definition,
      state.entrances.some((entrance) => entrance.can_belong_to_reservation),
      now,
    ),
    created_at: now,
  })
  changes.event('acs_system.added', system)
  changes.event('acs_system.connected', system)
  changes.job(SYNC_SYSTEM, acs_system_id, toIso(Date.parse(now) + POLL_MS))

  // Lists are ordered by creation: a millisecond apart, they keep the order the system gives.
  let created = Date.parse(now)
  const inOrder = (): string => toIso(created++)
  const entranceIds = new Map<string, string>()
  for (const entrance of state.entrances) {
    const acs_entrance_id = ids.uuid()
    entranceIds.set(entrance.external_id, acs_entrance_id)
    changes.insert('acs_entrance', {
      ...system,
      acs_entrance_id,
      external_id: entrance.external_id,
      ...entranceFields(entrance),
      metadata: entrance.metadata,
      warnings: (entrance.warnings ?? []).map((warning) => ({ created_at: now, ...warning })),
      created_at: inOrder(),
    } satisfies Partial<AcsEntranceRecord>)
    changes.event('acs_entrance.added', { ...system, acs_entrance_id })
  }
  for (const encoder of state.encoders) {
    const acs_encoder_id = ids.uuid()
    changes.insert('acs_encoder', { ...system, acs_encoder_id, ...encoder, created_at: inOrder() })
    changes.event('acs_encoder.added', { ...system, acs_encoder_id })
  }
  for (const group of state.groups) {
    const acs_entrance_ids = group.entrance_ids.flatMap((id) => entranceIds.get(id) ?? [])
    changes.insert('acs_access_group', {
      ...system,
      acs_access_group_id: ids.uuid(),
      external_id: group.external_id,
      name: group.name,
      external_type: group.type ?? null,
      is_managed: false,
      acs_entrance_ids,
      reported: { name: group.name, acs_entrance_ids, starts_at: null, ends_at: null },
      created_at: inOrder(),
    } satisfies Partial<AcsAccessGroupRecord>)
  }
  for (const credential of state.credentials) {
    if (credential.card_number === null || credential.user_id !== null) continue
    const place = { workspace_id: '', ...system }
    const {
      version: _version,
      workspace_id: _workspace,
      ...row
    } = newPoolCard(
      place,
      { card_number: credential.card_number, credential_id: credential.external_id },
      ids.uuid(),
      inOrder(),
    )
    changes.insert('acs_credential', row)
  }
  changes.event('connected_account.completed_first_sync', account)
  return { changes, acs_system_id, connected_account_id }
}

/** The account belongs to another customer than the webview is for. Nothing was changed. */
export class AccountOfOtherCustomer extends Error {
  override name = 'AccountOfOtherCustomer'
}

/**
 * A login that was connected before and is proved anew: the account keeps its id, and what it could not do is over.
 * `health`: its systems as they stand; changed in place. @throws AccountOfOtherCustomer
 */
export function reconnected(
  health: readonly HealthFacts[],
  account: ConnectedAccountRecord,
  sealed_login: string | null,
  used: UsedWebview | null,
  now: string,
): ChangeSet {
  const changes = new ChangeSet()
  const { connected_account_id, version } = account
  const webview = used?.webview ?? null
  if (webview !== null && webview.customer_key !== null && ![null, webview.customer_key].includes(account.customer_key))
    throw new AccountOfOtherCustomer('The account belongs to another customer.')
  const given: Partial<ConnectedAccountRecord> =
    webview === null
      ? {}
      : {
          custom_metadata: { ...account.custom_metadata, ...webview.custom_metadata },
          customer_key: account.customer_key ?? webview.customer_key,
        }
  Object.assign(account, given)
  changes.update('connected_account', 'connected_account_id', { connected_account_id, version, sealed_login, ...given })
  if (used !== null) {
    authorize(changes, used.webview, account, account.provider, used.sessions, now)
    const { connect_webview_id } = used.webview
    changes.event('connected_account.successful_login', { connected_account_id, connect_webview_id })
  }
  const wasDisconnected = account.errors.some((error) => error.error_code === 'account_disconnected')
  if (!wasDisconnected) changes.event('connected_account.connected', { connected_account_id })
  // They were just asked, and answered. With the account's error its own events go out.
  for (const facts of health) {
    const { acs_system_id, version } = facts.system
    if (facts.system.refuses_login)
      changes.update('acs_system', 'acs_system_id', { acs_system_id, version, refuses_login: false })
    noteSuccess(changes, facts, false)
  }
  if (!wasDisconnected)
    changes.event('connected_account.completed_first_sync_after_reconnection', { connected_account_id })
  return changes
}

/** Who signed in, as the account shows it (`user_identifier` of the public API). */
export function userIdentifier(login: Login): Json {
  const text = (name: string): string | null => (typeof login[name] === 'string' ? login[name] : null)
  const email = text('email')
  const username = text('username')
  if (email !== null) return { email }
  if (username !== null) return { username }
  return { email: 'jane@example.com' }
}
