import type { ChangeSet } from '../../domain/changes.ts'
import { NoFreePin, updateGrant, type GrantTarget } from '../../domain/grants/change.ts'
import { sameIds } from '../../domain/grants/facts.ts'
import { sameWindow } from '../../domain/grants/windows.ts'
import type { AccessGrantRecord } from '../../domain/records.ts'
import { getAccessGrant, loadGrantFacts } from '../../store/access-grants.ts'
import { loadDoors, loadSpaces } from '../../store/grant-facts.ts'
import { errors } from '../errors.ts'
import { operation, type Call } from '../operation.ts'
import { distinctIds } from '../people.ts'
import { refuseBlankKey } from '../user_identities/access.ts'
import { requireLivingGrant, showGrant, toolsOf } from './access.ts'
import { GRANT_KEY_TAKEN, grantDisplayName } from './create.ts'
import { checkReservationRules, readTargets, readWindow, refuseDevices, type Targets } from './input.ts'

interface Params {
  access_grant_id?: string
  access_grant_key?: string
  name?: string | null
  starts_at?: string
  ends_at?: string | null
  acs_entrance_ids?: string[]
  device_ids?: string[]
  space_ids?: string[]
  space_keys?: string[]
}

const IDS = { type: 'array', items: { type: 'string', format: 'uuid' } }

/** Times, name and doors of a grant. Values that are already so change nothing and say nothing. */
export const updateAccessGrant = operation<Params>({
  path: '/access_grants/update',
  contract: {
    // The published schema and the door lists, which the guides document and it leaves out (core.md section 14).
    request: {
      type: 'object',
      properties: {
        access_grant_id: { type: 'string', format: 'uuid' },
        access_grant_key: { type: 'string', minLength: 1 },
        name: { type: ['string', 'null'] },
        starts_at: { type: 'string', format: 'date-time' },
        ends_at: { type: ['string', 'null'], format: 'date-time' },
        acs_entrance_ids: IDS,
        device_ids: IDS,
        space_ids: IDS,
        space_keys: { type: 'array', items: { type: 'string', minLength: 1 } },
      },
    },
  },
  async handle(params, call) {
    const { access_grant_id, access_grant_key } = params
    refuseBlankKey('access_grant_key', access_grant_key)
    if (access_grant_id === undefined && access_grant_key === undefined) {
      throw errors.invalidInput({ path: [], message: 'Must specify `access_grant_id` or `access_grant_key`' })
    }
    refuseDevices(params.device_ids)
    let attempt = 0
    const id = await call.decide(async () => {
      attempt++
      const grant = await requireLivingGrant(
        call,
        access_grant_id === undefined ? { access_grant_key: access_grant_key ?? '' } : { access_grant_id },
      )
      return { changes: await decide(call, grant, params, attempt > 1), result: grant.access_grant_id }
    })
    return { access_grant: await showGrant(call, id) }
  },
})

async function decide(call: Call, grant: AccessGrantRecord, params: Params, isContested: boolean): Promise<ChangeSet> {
  const window = readWindow(call, params, grant)
  const targets = await newTargets(call, grant, params)
  const door_ids = targets === null ? grant.door_ids : [...targets.doors.keys()]
  const checks = { doors: !sameIds(door_ids, grant.door_ids), times: !sameWindow(window, grant) }
  if ((checks.doors || checks.times) && window.ends_at !== null && window.ends_at <= call.now) {
    throw errors.invalidField('ends_at', 'The access grant has ended: move its ends_at into the future')
  }
  const { services, workspaceId } = call
  const facts = await loadGrantFacts(
    services.store,
    workspaceId,
    grant.access_grant_id,
    (provider) => services.provisioning.definitionOf(provider),
    { door_ids, window },
  )
  if (facts === undefined) throw errors.notFound('access_grant', { access_grant_id: grant.access_grant_id })
  if (targets !== null) facts.spaces = targets.spaces
  if (checks.doors || checks.times) {
    await checkReservationRules(call, {
      ...window,
      reservation_key: grant.reservation_key,
      doors: door_ids.flatMap((id) => facts.doors.get(id) ?? []),
      modes: grant.requested_access_methods.map((request) => request.mode),
      access_grant_id: grant.access_grant_id,
      checks,
    })
  }
  if (isContested) await refuseTakenKey(call, grant, params)

  const name = params.name === undefined ? grant.name : params.name
  const isNamed = params.name !== undefined || (targets !== null && checks.doors)
  const target: GrantTarget = {
    ...window,
    door_ids,
    ...(params.name === undefined ? {} : { name: params.name }),
    ...(isNamed ? { display_name: name ?? (await displayName(call, grant, facts.identity, targets)) } : {}),
    ...(params.access_grant_id !== undefined && params.access_grant_key !== undefined
      ? { access_grant_key: params.access_grant_key }
      : {}),
    ...(targets === null ? {} : { acs_entrance_ids: targets.acs_entrance_ids, space_ids: targets.space_ids }),
  }
  try {
    return updateGrant(facts, target, call.now, toolsOf(call))
  } catch (error) {
    if (!(error instanceof NoFreePin)) throw error
    throw errors.conflict('No PIN code is free on these doors in the new time. Choose other doors or times.', {
      access_grant_id: grant.access_grant_id,
    })
  }
}

/** The doors the grant shall have: each list that is given replaces its own; null when none is. */
async function newTargets(call: Call, grant: AccessGrantRecord, params: Params): Promise<Targets | null> {
  const { acs_entrance_ids, space_ids, space_keys } = params
  if (acs_entrance_ids === undefined && space_ids === undefined && space_keys === undefined) return null
  const keepsSpaces = space_ids === undefined && space_keys === undefined
  // What the grant names and is gone is passed over; what the caller names must be there.
  const { store } = call.services
  const kept = keepsSpaces ? await loadSpaces(store, call.workspaceId, grant.space_ids, []) : []
  const keptDoors = acs_entrance_ids ?? [...(await loadDoors(store, call.workspaceId, grant.acs_entrance_ids)).keys()]
  const named = {
    acs_entrance_ids: distinctIds(keptDoors),
    space_ids: keepsSpaces ? kept.map((space) => space.space_id) : distinctIds(space_ids ?? []),
    space_keys: [...new Set(space_keys ?? [])],
  }
  if (named.acs_entrance_ids.length + named.space_ids.length + named.space_keys.length === 0) {
    throw errors.invalidInput({ path: [], message: 'An access grant needs at least one entrance or space' })
  }
  return readTargets(call, named)
}

async function displayName(
  call: Call,
  grant: AccessGrantRecord,
  identity: Parameters<typeof grantDisplayName>[0],
  targets: Targets | null,
): Promise<string> {
  if (targets !== null) return grantDisplayName(identity, targets)
  const { store } = call.services
  const [spaces, doors] = await Promise.all([
    loadSpaces(store, call.workspaceId, grant.space_ids, []),
    loadDoors(store, call.workspaceId, grant.door_ids.slice(0, 1)),
  ])
  return grantDisplayName(identity, { spaces, doors })
}

/** @throws ApiError 409 when another grant has the new key */
async function refuseTakenKey(call: Call, grant: AccessGrantRecord, params: Params): Promise<void> {
  const { access_grant_key } = params
  if (access_grant_key === undefined || access_grant_key === grant.access_grant_key) return
  const twin = await getAccessGrant(call.services.store, call.workspaceId, { access_grant_key })
  if (twin === undefined || twin.is_deleting || twin.access_grant_id === grant.access_grant_id) return
  const { access_grant_id } = twin
  throw errors.alreadyExists('access_grant', GRANT_KEY_TAKEN, { access_grant_key, access_grant_id })
}
