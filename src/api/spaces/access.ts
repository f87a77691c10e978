/** What a caller may see of spaces, and what a space may hold. */
import type { SpaceView } from '../../domain/present/space.ts'
import type { Json } from '../../domain/records.ts'
import type { MemberField, Members } from '../../domain/spaces/space.ts'
import { getSpace } from '../../store/spaces.ts'
import { errors } from '../errors.ts'
import type { Call } from '../operation.ts'
import { distinctIds } from '../people.ts'

/** The customer whose spaces alone the caller sees; null = all of the workspace. */
export function customerOf(call: Call): string | null {
  return call.caller.kind === 'client_session_with_customer' ? call.caller.session.customer_key : null
}

/** @throws ApiError 404 */
export async function requireSpace(call: Call, by: { space_id: string } | { space_key: string }): Promise<SpaceView> {
  const space = await getSpace(call.services.store, call.workspaceId, by)
  const customer = customerOf(call)
  if (space === undefined || (customer !== null && space.customer_key !== customer)) throw errors.notFound('space', by)
  return space
}

/** @throws ApiError 409 when another space than `exceptId` has the key. */
export async function refuseTakenSpaceKey(call: Call, space_key: string, exceptId: string | null): Promise<void> {
  const taken = await getSpace(call.services.store, call.workspaceId, { space_key })
  if (taken === undefined || taken.space_id === exceptId) return
  const { space_id } = taken
  throw errors.alreadyExists(
    'space',
    'A space with this space_key already exists: change that one with /spaces/update, or send another key.',
    { field: 'space_key', space_id },
  )
}

/**
 * The members given, in lower case and each once. All must exist, and a customer's session may only add what belongs to
 * its customer.
 * @throws ApiError 404 naming the first unknown one
 */
export async function readMembers(call: Call, given: Partial<Members>): Promise<Partial<Members>> {
  const read: Partial<Members> = {}
  for (const field of MEMBER_FIELDS) {
    const ids = given[field]
    if (ids === undefined) continue
    read[field] = distinctIds(ids)
    const known = new Set(await knownMembers(call, field, read[field]))
    const unknown = read[field].find((id) => !known.has(id))
    const name = field.replace(/_ids$/, '')
    if (unknown !== undefined) throw errors.notFound(name, { [`${name}_id`]: unknown })
  }
  return read
}

const MEMBER_FIELDS: readonly MemberField[] = ['acs_entrance_ids', 'device_ids', 'connected_account_ids']

async function knownMembers(call: Call, field: MemberField, ids: readonly string[]): Promise<string[]> {
  const { store } = call.services
  // Doors are members as entrances, also those that show as devices; and a phone is no place.
  if (field === 'device_ids') return []
  const customer = customerOf(call)
  if (field === 'connected_account_ids') {
    const accounts = await store.getMany(call.workspaceId, 'connected_account', 'connected_account_id', ids)
    const own = accounts.filter((account) => customer === null || account.customer_key === customer)
    return own.map((account) => account.connected_account_id)
  }
  const entrances = await store.getMany(call.workspaceId, 'acs_entrance', 'acs_entrance_id', ids)
  if (customer === null) return entrances.map((entrance) => entrance.acs_entrance_id)
  const accountIds = [...new Set(entrances.map((entrance) => entrance.connected_account_id))]
  const accounts = await store.getMany(call.workspaceId, 'connected_account', 'connected_account_id', accountIds)
  const own = new Set(
    accounts.filter((account) => account.customer_key === customer).map((account) => account.connected_account_id),
  )
  return entrances
    .filter((entrance) => own.has(entrance.connected_account_id))
    .map((entrance) => entrance.acs_entrance_id)
}

/** Facts of the caller's own about a space are texts. @throws ApiError for anything else */
export function checkCustomerData(given: Json | null | undefined): void {
  const wrong = Object.entries(given ?? {}).find(([, value]) => value !== null && typeof value !== 'string')
  if (wrong !== undefined)
    throw errors.invalidInput({ path: ['customer_data', wrong[0]], message: 'Expected string or null' })
}
