/** Requests made from the published description of an operation: valid ones, to be spoilt in one place. */
import { operations } from '../../src/api/operations.ts'
import type { TestServer } from '../support/server.ts'
import { published, type Schema, UNKNOWN } from './support.ts'
import { idFor, type World } from './world.ts'

export type Params = Record<string, unknown>

export interface Tested {
  path: string
  schema: Schema
  isList: boolean
}

/** Every operation that this server answers, but those that its own pages call (test/people, test/console-sessions). */
export const tested: Tested[] = operations
  .filter(({ path }) => !path.startsWith('/seam/') && !path.startsWith('/console/'))
  .map(({ path, contract }) => ({
    path,
    schema: ((published.get(path)?.request ?? contract?.request) as Schema | null | undefined) ?? {},
    isList: /\/(list|list_[a-z_]+|get_related)$/.test(path),
  }))

/** All parameters of an operation, through its unions. */
export function fieldsOf(schema: Schema): Map<string, Schema[]> {
  const fields = new Map<string, Schema[]>()
  const collect = ({ properties = {}, allOf = [], anyOf = [] }: Schema): void => {
    for (const [name, one] of Object.entries(properties)) fields.set(name, [...(fields.get(name) ?? []), one])
    for (const part of [...allOf, ...anyOf]) collect(part)
  }
  collect(schema)
  return fields
}

export const typesOf = (schema: Schema): string[] =>
  Array.isArray(schema.type) ? schema.type : schema.type === undefined ? [] : [schema.type]

/** Names that callers give as they like. */
export const CALLERS_OWN = ['organization_id', 'customer_id', 'custom_sdk_installation_id']

/** An edit of a system that asks for the field. */
const EDITS: Record<string, Params> = {
  acs_user_id: { action: 'delete_user' },
  acs_credential_id: { action: 'delete_credential' },
  acs_access_group_id: { action: 'delete_group' },
  acs_entrance_id: { action: 'remove_entrance' },
  acs_entrance_ids: { action: 'set_group_entrances' },
  acs_encoder_id: { action: 'remove_encoder' },
}

/** Valid requests whose ids are those of one workspace. */
export class Requests {
  readonly #own: World

  /** What the rule of an operation needs besides its schema, so that `field` alone is wrong. */
  readonly #needed: Record<string, (field: string) => Params> = {
    '/access_grants/create': () => ({ acs_entrance_ids: [this.#own['acs_entrance_id']] }),
    '/access_methods/list': () => ({ acs_entrance_id: this.#own['acs_entrance_id'] }),
    '/acs/credentials/create': (field) => ({
      ...(field === 'credential_manager_acs_system_id'
        ? { acs_user_id: this.#own['plain_user_id'], access_method: 'mobile_key', is_multi_phone_sync_credential: true }
        : this.#someUser(field)),
    }),
    '/acs/encoders/scan_to_assign_credential': () => ({ acs_encoder_id: this.#own['tag_reader_id'] }),
    '/client_sessions/grant_access': () => ({ client_session_id: this.#own['client_session_id'] }),
    '/events/list': () => ({ since: '2020-01-01T00:00:00Z' }),
    '/sandbox/doors/present_card': () => ({ card_id: this.#own['card_id'] }),
    '/sandbox/doors/set_state': () => ({ is_online: false }),
    '/sandbox/encoders/place_card': () => ({ card_id: this.#own['card_id'] }),
    '/sandbox/systems/edit': (field) => EDITS[field] ?? {},
    '/spaces/update': () => ({ space_id: this.#own['space_id'] }),
    '/user_identities/add_acs_user': () => ({ user_identity_id: this.#own['user_identity_id'] }),
  }

  constructor(own: World) {
    this.#own = own
  }

  /** Required parameters of the branch that has `field` (of the first branch without it), with valid values. */
  baseline(schema: Schema, field?: string): Params {
    const params: Params = {}
    const fill = ({ properties = {}, required = [], allOf = [], anyOf = [] }: Schema): void => {
      for (const name of required) params[name] = this.#valueFor(name, properties[name] ?? {})
      for (const part of allOf) fill(part)
      if (anyOf.length > 0) {
        const branch = anyOf.find((one) => field !== undefined && fieldsOf(one).has(field)) ?? anyOf[0]
        if (branch !== undefined) fill(branch)
      }
    }
    fill(schema)
    return params
  }

  /** A value the schema takes; ids are those of our own workspace. */
  #valueFor(name: string, schema: Schema): unknown {
    if (schema.enum !== undefined) return schema.enum[0]
    if (schema.anyOf !== undefined) return this.#valueFor(name, schema.anyOf[0] ?? {})
    const types = typesOf(schema)
    if (types.includes('array'))
      return name === 'requested_access_methods'
        ? [{ mode: 'card' }]
        : [this.#valueFor(name.replace(/s$/, ''), schema.items ?? {})]
    if (types.includes('object')) return this.baseline(schema)
    if (types.includes('boolean')) return true
    if (types.includes('number') || types.includes('integer')) return schema.minimum ?? 1
    if (name.endsWith('_id')) return idFor(this.#own, name) ?? UNKNOWN
    if (schema.format === 'uuid') return UNKNOWN
    if (schema.format === 'date-time' || /_at$|^since$|^created_before$|^between$/.test(name))
      return '2030-01-01T00:00:00Z'
    if (schema.format === 'email') return 'somebody@example.com'
    if (schema.format === 'uri') return 'https://example.com/'
    if (name === 'event_type') return '*'
    return name === 'code' ? '4711' : 'something'
  }

  /** An access system's user, named one way or the other. */
  #someUser(field: string): Params {
    const { acs_user_id, user_identity_id, acs_system_id } = this.#own
    return field === 'user_identity_id' || field === 'acs_system_id'
      ? { user_identity_id, acs_system_id }
      : { acs_user_id }
  }

  /** What the operation needs beside its schema. */
  neededBy(path: string, field = ''): Params {
    if (path.startsWith('/acs/users/') && !['create', 'list'].includes(path.split('/').at(-1) ?? ''))
      return this.#someUser(field)
    return this.#needed[path]?.(field) ?? {}
  }
}

/** Tables that change without anybody asking: work goes on, receivers answer late, the audit log is chained. */
export const WRITTEN_BY_ITSELF = [
  'job',
  'system_lease',
  'telling',
  'webhook_attempt',
  'webhook_delivery',
  'audit_entry',
  'audit_head',
  'audit_pending',
  'api_key_use',
  'personal_access_token_use',
]

/** What is stored, as `snapshot` says it. */
export interface Snapshot {
  /** Every row of a table as one short text. */
  tables: Record<string, string>
  /** The jobs by name: those under way come and go. */
  jobs: string[]
}

let statement: string | undefined

/** What is stored at this moment. */
export async function snapshot(server: TestServer): Promise<Snapshot> {
  statement ??= await statementOf(server)
  const rows = await server.sql<{ name: string | null; state: string }>(statement)
  return {
    tables: Object.fromEntries(rows.flatMap(({ name, state }) => (name === null ? [] : [[name, state]]))),
    jobs: rows.flatMap(({ name, state }) => (name === null ? [state] : [])),
  }
}

async function statementOf(server: TestServer): Promise<string> {
  const names = await server.sql<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> ALL($1) ORDER BY 1",
    [WRITTEN_BY_ITSELF],
  )
  const parts = names.map(
    ({ name }) =>
      `SELECT '${name}' AS name, count(*) || ' rows ' || md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) AS state FROM "${name}" t`,
  )
  return [...parts, "SELECT NULL, workspace_id || ' ' || kind || ' ' || key FROM job"].join(' UNION ALL ')
}
