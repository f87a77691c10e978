import { createGrant, requested, type MethodRequest } from '../../domain/grants/materialise.ts'
import type { Door } from '../../domain/grants/facts.ts'
import { presentAccessGrant } from '../../domain/present/access-grant.ts'
import { userIdentityDisplayName } from '../../domain/present/user-identity.ts'
import type { AccessGrantRecord, SpaceRecord, UserIdentityRecord } from '../../domain/records.ts'
import { newUserIdentity, tidyPhoneNumber, type UserIdentityInput } from '../../domain/user-identities/user-identity.ts'
import { getAccessGrant } from '../../store/access-grants.ts'
import { loadFacts } from '../../store/grant-facts.ts'
import { findTakenIdentity } from '../../store/user-identities.ts'
import { errors } from '../errors.ts'
import { operation, type Call } from '../operation.ts'
import { distinctIds } from '../people.ts'
import { refuseBlankKey } from '../user_identities/access.ts'
import { customerOf, mobileKeysFor, toolsOf } from './access.ts'
import {
  checkRequests,
  checkReservationRules,
  readTargets,
  readWindow,
  refuseDevices,
  refuseProfile,
  type Targets,
} from './input.ts'

interface Params {
  user_identity_id?: string
  user_identity?: UserIdentityInput
  acs_entrance_ids?: string[]
  device_ids?: string[]
  space_ids?: string[]
  space_keys?: string[]
  location_ids?: string[]
  location?: { name?: string; acs_entrance_ids?: string[]; device_ids?: string[] }
  starts_at?: string
  ends_at?: string | null
  requested_access_methods: MethodRequest[]
  name?: string | null
  access_grant_key?: string
  reservation_key?: string
  customization_profile_id?: string
}

/** One read of the doors and the person, one of what surrounds them, one write: grants are made by the thousand at check-in. */
export const createAccessGrant = operation<Params>({
  path: '/access_grants/create',
  async handle(params, call) {
    check(params)
    const named = {
      acs_entrance_ids: distinctIds(params.acs_entrance_ids ?? []),
      space_ids: distinctIds([...(params.space_ids ?? []), ...(params.location_ids ?? [])]),
      space_keys: [...new Set(params.space_keys ?? [])],
    }
    const placed = distinctIds(params.location?.acs_entrance_ids ?? [])
    const { store, ids } = call.services
    let attempt = 0
    const { grant, methods, doorNames } = await call.decide(async () => {
      attempt++
      const [targets, identity] = await Promise.all([
        readTargets(call, { ...named, acs_entrance_ids: distinctIds([...named.acs_entrance_ids, ...placed]) }),
        readIdentity(call, params),
      ])
      const window = readWindow(call, params)
      const space = params.location === undefined ? undefined : newSpace(call, params, placed)
      const draft: AccessGrantRecord = {
        workspace_id: call.workspaceId,
        access_grant_id: ids.uuid(),
        access_grant_key: params.access_grant_key ?? null,
        user_identity_id: identity.record.user_identity_id,
        name: params.name ?? null,
        display_name: params.name ?? grantDisplayName(identity.record, targets, space),
        ...window,
        reservation_key: params.reservation_key ?? null,
        customization_profile_id: null,
        acs_entrance_ids: named.acs_entrance_ids,
        device_ids: [],
        space_ids: [...targets.space_ids, ...(space === undefined ? [] : [space.space_id])],
        requested_access_methods: requested(params.requested_access_methods, call.now),
        access_method_ids: [],
        door_ids: [...targets.doors.keys()],
        granted_door_ids: [],
        is_granted_to_all_doors: false,
        is_ended: false,
        is_deleting: false,
        pending: [],
        errors: [],
        warnings: [],
        created_at: call.now,
        version: 1,
      }
      const facts = await loadFacts(store, {
        grant: draft,
        identity: identity.record,
        isNewIdentity: identity.isNew,
        doors: targets.doors,
        spaces: [...targets.spaces, ...(space === undefined ? [] : [space])],
        definitionOf: (provider) => call.services.provisioning.definitionOf(provider),
      })
      // After the facts: they hold the guard of the reservation, so nothing that is decided here can be overtaken.
      await checkReservationRules(call, {
        ...window,
        reservation_key: params.reservation_key ?? null,
        doors: targets.doors.values(),
        modes: params.requested_access_methods.map((request) => request.mode),
        access_grant_id: null,
      })
      // What must be unique is a constraint; who was first is only asked when it struck.
      if (attempt > 1) await refuseTaken(call, params)
      const made = {
        ...(identity.isNew ? { identity: identity.record } : {}),
        ...(space === undefined ? {} : { space }),
      }
      const changes = createGrant(facts, made, call.now, toolsOf(call))
      const doorNames = new Map([...facts.doors.values()].map((door) => [door.acs_entrance_id, door.display_name]))
      return { changes, result: { grant: facts.grant, methods: facts.methods, doorNames } }
    })
    const view = { grant, methods, mobileKeys: await mobileKeysFor(call, methods), doorNames }
    return { access_grant: presentAccessGrant(view, call.services.publicUrl, call.now) }
  },
})

function check(params: Params): void {
  refuseBlankKey('access_grant_key', params.access_grant_key)
  refuseBlankKey('reservation_key', params.reservation_key)
  refuseBlankKey('user_identity.user_identity_key', params.user_identity?.user_identity_key)
  if (params.user_identity_id !== undefined && params.user_identity !== undefined) {
    throw errors.invalidInput({
      path: [],
      message: 'Specify only one of `user_identity_id` and `user_identity`',
    })
  }
  const lists = [
    params.acs_entrance_ids,
    params.device_ids,
    params.space_ids,
    params.space_keys,
    params.location_ids,
    params.location?.acs_entrance_ids,
    params.location?.device_ids,
  ]
  if (params.location === undefined && lists.every((list) => list === undefined || list.length === 0)) {
    throw errors.invalidInput({
      path: [],
      message: 'Must specify where: `acs_entrance_ids`, `device_ids`, `space_ids` or `space_keys`',
    })
  }
  checkRequests(params.requested_access_methods)
  refuseDevices(params.device_ids)
  refuseDevices(params.location?.device_ids)
  refuseProfile(params.customization_profile_id)
}

/** The person: an identity that exists, or a new one from what was given. */
async function readIdentity(call: Call, params: Params): Promise<{ record: UserIdentityRecord; isNew: boolean }> {
  const { store, ids } = call.services
  if (params.user_identity_id === undefined) {
    return { record: newUserIdentity(call.workspaceId, params.user_identity ?? {}, ids, call.now), isNew: true }
  }
  const user_identity_id = params.user_identity_id.toLowerCase()
  const record = await store.get(call.workspaceId, 'user_identity', 'user_identity_id', user_identity_id)
  if (record === undefined) throw errors.notFound('user_identity', { user_identity_id })
  return { record, isNew: false }
}

export const GRANT_KEY_TAKEN =
  'An access grant with this access_grant_key already exists: change that one with /access_grants/update, or send another key.'

/** @throws ApiError 409 naming who has the key, e-mail address or phone number */
async function refuseTaken(call: Call, params: Params): Promise<void> {
  const { store } = call.services
  if (params.user_identity !== undefined) {
    const input = { ...params.user_identity }
    const phone = tidyPhoneNumber(input.phone_number)
    if (phone !== undefined) input.phone_number = phone
    const taken = await findTakenIdentity(store, call.workspaceId, input)
    if (taken !== undefined) {
      throw errors.alreadyExists(
        'user_identity',
        `A user identity with this ${taken.field} already exists. Pass its user_identity_id instead of user_identity.`,
        { ...taken },
      )
    }
  }
  if (params.access_grant_key === undefined) return
  const { access_grant_key } = params
  const twin = await getAccessGrant(store, call.workspaceId, { access_grant_key })
  if (twin === undefined || twin.is_deleting) return
  const { access_grant_id } = twin
  throw errors.alreadyExists('access_grant', GRANT_KEY_TAKEN, { access_grant_key, access_grant_id })
}

/** The space of the deprecated inline `location`. */
function newSpace(call: Call, params: Params, acs_entrance_ids: string[]): SpaceRecord {
  return {
    workspace_id: call.workspaceId,
    space_id: call.services.ids.uuid(),
    space_key: null,
    name: params.location?.name ?? params.name ?? 'Access grant location',
    parent_space_id: null,
    customer_key: customerOf(call),
    customer_data: null,
    geolocation: null,
    acs_entrance_ids,
    device_ids: [],
    connected_account_ids: [],
    created_at: call.now,
    version: 1,
  }
}

/** Who, and the first of where. */
export function grantDisplayName(
  identity: UserIdentityRecord,
  targets: Pick<Targets, 'spaces' | 'doors'>,
  space?: SpaceRecord,
): string {
  const [door]: Door[] = [...targets.doors.values()]
  const where = targets.spaces[0]?.name ?? space?.name ?? door?.display_name
  const who = userIdentityDisplayName(identity)
  return where === undefined ? who : `${who} – ${where}`
}
