/** What an id is the id of: ids carry no kind, and callers mix them up. */
import type { TableName } from '../domain/records.ts'
import type { Store } from './store.ts'

/** Tables whose rows callers name by id, and the column of it where it is not `<table>_id`. */
const KINDS: readonly (TableName | [TableName, string])[] = [
  'access_grant',
  'access_method',
  'acs_access_group',
  'acs_credential',
  'acs_encoder',
  'acs_entrance',
  'acs_system',
  'acs_user',
  'action_attempt',
  'bridge',
  'client_session',
  'connect_webview',
  'connected_account',
  'event',
  'instant_key',
  ['phone', 'device_id'],
  'space',
  'user_identity',
  'webhook',
  'webhook_delivery',
]

/** The resource of the workspace that has this id; undefined = none. */
export async function kindOfId(store: Store, workspaceId: string, id: string): Promise<string | undefined> {
  const parts = KINDS.map((kind) => {
    const [table, column] = typeof kind === 'string' ? [kind, `${kind}_id`] : kind
    return `SELECT '${table}' AS kind FROM ${table} WHERE workspace_id = $1 AND ${column} = $2`
  })
  const rows = await store.read<{ kind: string }>(workspaceId, parts.join(' UNION ALL '), [id])
  return rows[0]?.kind
}
