import { presentEvent } from '../../domain/present/event.ts'
import { listEvents, type EventFilters, type EventSubject } from '../../store/events.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'
import { newestFirst } from '../page.ts'
import { eventTime } from './params.ts'
import { scopeOfCaller } from './scope.ts'

/** Filters by one id, and where the contract has it, by several under the plural. */
const SUBJECTS = [
  'access_code_id',
  'access_grant_id',
  'access_method_id',
  'acs_access_group_id',
  'acs_credential_id',
  'acs_encoder_id',
  'acs_entrance_id',
  'acs_system_id',
  'acs_user_id',
  'connect_webview_id',
  'connected_account_id',
  'device_id',
  'space_id',
  'user_identity_id',
] as const satisfies readonly EventSubject[]

type Subjects = { [field in (typeof SUBJECTS)[number]]?: string } & {
  [field in `${(typeof SUBJECTS)[number]}s`]?: string[]
}

interface Params extends Subjects {
  since?: string
  between?: [string, string]
  event_type?: string
  event_types?: string[]
  event_ids?: string[]
  customer_key?: string
  limit: number
  unstable_offset?: number
  order?: string
}

const MOST = 100_000

export const listEventsOperation = operation<Params>({
  path: '/events/list',
  accepts: ['order', ...SUBJECTS.map((subject) => `${subject}s`)],
  async handle(params, call) {
    const filters: EventFilters = { ...timesOf(params), subjects: subjectsOf(params) }
    const types = both(params.event_type, params.event_types)
    if (types !== null) filters.event_types = types
    if (params.event_ids !== undefined) filters.event_ids = params.event_ids
    if (params.customer_key !== undefined) filters.customer_key = params.customer_key
    const isNewestFirst = newestFirst(params.order)
    const scope = await scopeOfCaller(call)
    if (scope !== undefined) filters.scope = scope
    const rows = await listEvents(call.services.store, call.workspaceId, filters, {
      isNewestFirst,
      limit: Math.min(wholeNumber('limit', params.limit, 1), MOST),
      offset: Math.min(wholeNumber('unstable_offset', params.unstable_offset ?? 0, 0), Number.MAX_SAFE_INTEGER),
    })
    return { events: rows.map(presentEvent) }
  },
})

/** The span of time asked for, both ends exclusive. */
function timesOf({ since, between }: Params): { since: string; until?: string } {
  if (since !== undefined && between !== undefined) {
    throw errors.invalidInput({ path: [], message: 'Cannot specify both since and between' })
  }
  if (since !== undefined) return { since: eventTime('since', since) }
  if (between === undefined) throw errors.invalidInput({ path: [], message: 'Must specify either since or between' })
  return { since: eventTime('between', between[0]), until: eventTime('between', between[1]) }
}

function subjectsOf(params: Params): { field: EventSubject; ids: string[] }[] {
  return SUBJECTS.flatMap((field) => {
    const one = params[field]
    const several = params[`${field}s`]
    return [
      ...(one === undefined ? [] : [{ field, ids: [one.toLowerCase()] }]),
      ...(several === undefined ? [] : [{ field, ids: several.map((id) => id.toLowerCase()) }]),
    ]
  })
}

/** Values that meet the single and the plural filter alike; null when neither is given. */
function both(one: string | undefined, several: string[] | undefined): string[] | null {
  if (one === undefined) return several ?? null
  return several === undefined || several.includes(one) ? [one] : []
}

function wholeNumber(field: string, value: number, least: number): number {
  if (!Number.isInteger(value) || value < least) {
    throw errors.invalidField(field, `Number must be a whole number greater than or equal to ${least}`)
  }
  return value
}
