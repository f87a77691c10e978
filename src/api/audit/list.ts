import type { AuditEntry } from '../../domain/audit/chain.ts'
import { auditPeopleOf, chainAudit, listAudit, type AuditFilters } from '../../store/audit.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'
import { page, pageRequest } from '../page.ts'
import { parseInstant, type JsonSchema, type Params } from '../validation.ts'
import { toIso } from '../../clock.ts'

const ID: JsonSchema = { type: 'string', format: 'uuid' }
const TEXT: JsonSchema = { type: 'string', minLength: 1 }

interface ListParams extends Params {
  subject_id?: string
  acs_entrance_id?: string
  device_id?: string
  user_identity_id?: string
  actor_kind?: string
  actor_id?: string
  since?: string
  until?: string
}

/** Who did what to which door right: the audit log, oldest first (docs/guide/audit.md). */
export const listAuditOperation = operation<ListParams>({
  path: '/audit/list',
  contract: {
    methods: ['GET', 'POST'],
    security: ['api_key', 'pat_with_workspace'],
    response_key: 'audit_entries',
    request: {
      type: 'object',
      properties: {
        subject_id: ID,
        acs_entrance_id: ID,
        device_id: ID,
        user_identity_id: ID,
        actor_kind: TEXT,
        actor_id: TEXT,
        since: TEXT,
        until: TEXT,
        limit: { type: 'number', default: 500 },
        page_cursor: { type: 'string', nullable: true },
      },
    },
    paginated: true,
    documented: false,
  },
  async handle(params, call) {
    const { store } = call.services
    const request = pageRequest(params)
    // What the caller has just done is in the answer.
    await chainAudit(store, call.workspaceId)
    const door = params.acs_entrance_id ?? params.device_id
    if (params.acs_entrance_id !== undefined && params.device_id !== undefined)
      throw errors.invalidInput({ path: [], message: 'Cannot specify both acs_entrance_id and device_id' })
    const filters: AuditFilters = {
      ...(params.subject_id === undefined ? {} : { subject_id: params.subject_id.toLowerCase() }),
      ...(door === undefined ? {} : { door_id: door.toLowerCase() }),
      ...(params.user_identity_id === undefined ? {} : { person_id: params.user_identity_id.toLowerCase() }),
      ...(params.actor_kind === undefined ? {} : { actor_kind: params.actor_kind }),
      ...(params.actor_id === undefined ? {} : { actor_id: params.actor_id }),
      ...(params.since === undefined ? {} : { since: instant('since', params.since) }),
      ...(params.until === undefined ? {} : { until: instant('until', params.until) }),
      ...(request.after === null ? {} : { after: sequenceOf(request.after.id) }),
    }
    const rows = await listAudit(store, call.workspaceId, filters, request.limit + 1)
    const cut = page(rows, request, params, call, (row) => ({
      created_at: row.occurred_at,
      id: keyOf(row.sequence),
    }))
    const digests = cut.rows.flatMap(({ person_digest }) => person_digest ?? [])
    const people = new Map(
      (await auditPeopleOf(store, call.workspaceId, digests)).map((person) => [person.digest, person]),
    )
    return { audit_entries: cut.rows.map((entry) => present(entry, people)), pagination: cut.pagination }
  },
})

type People = Map<string, { full_name: string | null; email_address: string | null; phone_number: string | null }>

/** The entry as it is chained, and beside it `person`: the name and contacts it stands for; null = none, or erased. */
function present(entry: AuditEntry, people: People): Record<string, unknown> {
  const known = entry.person_digest === null ? undefined : people.get(entry.person_digest)
  if (known === undefined) return { ...entry, person: null }
  const { full_name, email_address, phone_number } = known
  return { ...entry, person: { full_name, email_address, phone_number } }
}

/** Pages are cut by the number of the entry; a cursor holds ids (page.ts), so the number takes the form of one. */
function keyOf(sequence: number): string {
  return `00000000-0000-0000-0000-${sequence.toString(16).padStart(12, '0')}`
}

function sequenceOf(key: string): number {
  return parseInt(key.slice(-12), 16)
}

function instant(field: string, text: string): string {
  const ms = parseInstant(text)
  if (ms === null) throw errors.invalidField(field, `Invalid datetime: "${text}". Use ISO 8601 with an offset or Z.`)
  return toIso(ms)
}
