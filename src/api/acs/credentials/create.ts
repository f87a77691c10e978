import { dirty } from '../../../domain/acs-users/acs-user.ts'
import { ChangeSet } from '../../../domain/changes.ts'
import { canCarry, managerOf, missingManager, needsCredentialManager } from '../../../domain/credential-managers.ts'
import { chooseCard } from '../../../domain/credentials/card-choice.ts'
import { childCredential, newCredential } from '../../../domain/credentials/credential.ts'
import { during, settleClaims } from '../../../domain/credentials/pins.ts'
import { joinerIds, planStay, type StayPlan, type StayWishes } from '../../../domain/credentials/stay.ts'
import type {
  AcsCredentialRecord,
  AcsEntranceRecord,
  AcsSystemRecord,
  AcsUserRecord,
  Json,
  Mode,
} from '../../../domain/records.ts'
import { codeDoorsOfGroups, credentialsOnDoors, liveCredentialOfMode } from '../../../store/acs-credentials.ts'
import { systemsOf } from '../../../store/acs-systems.ts'
import { listPhones } from '../../../store/phones.ts'
import { carriesDoors, hasGroups, isCredentialManager, type SystemDefinition } from '../../../systems/kit/definition.ts'
import { errors } from '../../errors.ts'
import { operation, type Call } from '../../operation.ts'
import { distinctIds } from '../../people.ts'
import {
  definitionOf,
  oneOwner,
  requireCredential,
  requireEntrances,
  requireLivingUser,
  refuseRemoved,
  requireSystem,
  sameSystem,
  showCredential,
  wishesOf,
  type UserParams,
} from '../access.ts'
import { markStale } from '../changes.ts'
import { userIn } from '../membership.ts'
import { pinFor } from './pin.ts'
import { credentialTimes } from './times.ts'

interface Params extends UserParams {
  access_method: Mode
  allowed_acs_entrance_ids: string[]
  code?: string
  starts_at?: string
  ends_at?: string
  is_multi_phone_sync_credential: boolean
  credential_manager_acs_system_id?: string
  [metadata: `${string}_metadata`]: Json | undefined
}

export const createAcsCredential = operation<Params>({
  path: '/acs/credentials/create',
  async handle(params, call) {
    oneOwner(params)
    const id = await call.decide(async () => {
      const changes = new ChangeSet()
      const system = await systemOf(call, params)
      const definition = definitionOf(call, system.provider)
      checkMode(params, definition)
      checkMetadata(params, definition)
      const user = await userIn(call, changes, system, params)
      const current = await currentCard(call, changes, params, definition, user)
      if (current !== null) return { changes, result: current.acs_credential_id }
      const credential = await addCredential(call, changes, params, definition, system, user)
      return { changes, result: credential.acs_credential_id }
    })
    return { acs_credential: showCredential(call, await requireCredential(call, id)) }
  },
})

/** The system of the user, or the one named beside the identity. */
async function systemOf(call: Call, params: Params): Promise<AcsSystemRecord> {
  if (params.acs_user_id !== undefined) {
    const user = await requireLivingUser(call, { acs_user_id: params.acs_user_id })
    if (params.acs_system_id !== undefined) sameSystem('acs_system_id', user, params.acs_system_id.toLowerCase())
    return requireSystem(call, user.acs_system_id)
  }
  if (params.acs_system_id === undefined) throw errors.invalidField('acs_system_id', 'Required')
  return requireSystem(call, params.acs_system_id)
}

/** Wishes in the words of another provider would change nothing. @throws ApiError 400 on the first of them */
function checkMetadata(params: Params, definition: SystemDefinition): void {
  const { metadataKey, display_name } = definition
  const foreign = Object.keys(params).find((key) => key.endsWith('_metadata') && key !== metadataKey)
  if (foreign === undefined) return
  const own = metadataKey === undefined ? '' : `. Wishes for ${display_name} go into ${metadataKey}`
  throw errors.invalidField(foreign, `Is not for credentials of ${display_name}: leave it out${own}`)
}

function checkMode(params: Params, definition: SystemDefinition): void {
  const { access_method } = params
  if (!definition.modes.includes(access_method)) {
    const modes = isCredentialManager(definition)
      ? 'none: it is a credential manager'
      : definition.modes.join(', ') || 'none'
    throw errors.invalidField(
      'access_method',
      `${definition.display_name} has no ${access_method} credentials. It has ${modes}`,
    )
  }
  const isMobile = access_method === 'mobile_key'
  if (isMobile && !params.is_multi_phone_sync_credential) {
    throw errors.invalidField(
      'is_multi_phone_sync_credential',
      'Must be true for a mobile_key: it is copied to every phone of its user',
    )
  }
  if (!isMobile && params.is_multi_phone_sync_credential) {
    throw errors.invalidField(
      'is_multi_phone_sync_credential',
      `Only a mobile_key is copied to phones, not a ${access_method}`,
    )
  }
}

/**
 * Where a user holds one credential of the mode at most: the card to bring up to date, or null when a new one is to be
 * made. @throws ApiError 400 when there may be no second one.
 */
async function currentCard(
  call: Call,
  changes: ChangeSet,
  params: Params,
  definition: SystemDefinition,
  user: AcsUserRecord,
): Promise<AcsCredentialRecord | null> {
  const { access_method } = params
  if (!definition.onePerUser.includes(access_method)) return null
  const { store } = call.services
  const live = await liveCredentialOfMode(store, call.workspaceId, user.acs_user_id, access_method)
  if (live?.is_deleting === true) {
    throw errors.invalidField(
      'acs_user_id',
      `The user's previous ${access_method} credential is still being deleted: try again when it is gone`,
    )
  }
  if (access_method !== 'card') {
    if (live === undefined) return null
    throw errors.invalidField(
      'acs_user_id',
      `The user already has a ${access_method} credential (${live.acs_credential_id}), and this access system gives a user one at most: delete it first`,
    )
  }
  const plan = chooseCard(wishesOf(params, definition), definition.metadataKey ?? 'metadata', live !== undefined)
  if ('field' in plan) throw errors.invalidField(plan.field, plan.message)
  if (plan.choice === 'new' || live === undefined) return null
  const { starts_at, ends_at } = credentialTimes(call, params)
  changes.update('acs_credential', 'acs_credential_id', {
    acs_credential_id: live.acs_credential_id,
    version: live.version,
    ...(params.starts_at === undefined ? {} : { starts_at }),
    ...(params.ends_at === undefined ? {} : { ends_at }),
    ...dirty(call.now),
  })
  changes.job('provision', live.acs_system_id, call.now)
  await markStale(call, changes, definition, [live])
  return live
}

async function addCredential(
  call: Call,
  changes: ChangeSet,
  params: Params,
  definition: SystemDefinition,
  system: AcsSystemRecord,
  user: AcsUserRecord,
): Promise<AcsCredentialRecord> {
  const { store, ids } = call.services
  const { access_method } = params
  const times = credentialTimes(call, params)
  const doors = await ownDoors(call, params, definition, system)
  const isPlastic = access_method === 'card' || access_method === 'mobile_key'
  const wishes = wishesOf(params, definition)
  const stay =
    isPlastic && carriesDoors(definition) && definition.hasStays
      ? await stayOf(call, params, wishes, definition, system, doors)
      : { stay_key: null }

  // A card may carry a PIN beside it, where the system takes ours.
  const hasPin = access_method === 'code' || (params.code !== undefined && definition.pin?.maker === 'caller')
  if (hasPin && access_method !== 'code' && definition.onePerUser.includes('code')) {
    throw errors.invalidField(
      'code',
      `On ${definition.display_name} a PIN is a credential of its own: leave the code out, and create one with the access_method code`,
    )
  }
  if (!hasPin && params.code !== undefined) {
    call.tell({
      warning_code: 'parameter_ignored',
      parameter: 'code',
      message: `Credentials of ${definition.display_name} made as a ${access_method} carry no PIN of yours: the code was ignored. Leave the code out.`,
    })
  }
  const pinDoors = !hasPin
    ? []
    : [
        ...doors.filter((door) => door.can_unlock_with_code).map((door) => door.acs_entrance_id),
        ...(await codeDoorsOfGroups(store, call.workspaceId, user.acs_access_group_ids)),
      ]
  const code = hasPin ? await pinFor(call, definition, params.code, pinDoors, during(times), user) : null

  const credential = newCredential(
    {
      user,
      access_method,
      acs_entrance_ids: doors.map((door) => door.acs_entrance_id),
      starts_at: times.starts_at,
      ends_at: times.ends_at,
      code,
      stay_key: stay.stay_key,
      metadata: {
        ...(stay.stay_keys === undefined ? {} : { stay_keys: stay.stay_keys }),
        ...(await carrierOf(call, params, definition, system)),
        ...(times.requested_starts_at === null ? {} : { requested_starts_at: times.requested_starts_at }),
        ...(definition.metadataKey === undefined ? {} : { [definition.metadataKey]: keptWishes(wishes, definition) }),
      },
    },
    definition,
    ids,
    call.now,
  )
  changes.insert('acs_credential', credential)
  if (code !== null) settleClaims(changes, credential, pinDoors, [])
  if (access_method === 'mobile_key' && user.user_identity_id !== null) {
    const phones = await listPhones(store, call.workspaceId, { owner_user_identity_id: user.user_identity_id })
    for (const phone of phones) changes.insert('acs_credential', childCredential(credential, phone, ids, call.now))
    if (phones.length === 0) {
      call.tell({
        warning_code: 'no_effect_yet',
        parameter: 'access_method',
        message:
          'This person has no phone yet, so nothing carries the mobile key. It is copied to each phone that is set up for the person; a link that needs no app is made with /user_identities/generate_instant_key.',
      })
    }
  }
  changes.job('provision', system.acs_system_id, call.now)
  return credential
}

/** What is kept of the provider's wishes: those of one call about other credentials are used up by it. */
function keptWishes(wishes: Json, definition: SystemDefinition): Json {
  if (!carriesDoors(definition)) return wishes
  const { is_override_key, joiners, ...kept } = wishes
  return {
    ...kept,
    ...(kept['override'] === undefined && is_override_key !== undefined ? { override: is_override_key } : {}),
    ...(kept['joiner_acs_credential_ids'] === undefined && joiners !== undefined
      ? { joiner_acs_credential_ids: joiners }
      : {}),
  }
}

/** Doors that stand on the credential itself. @throws ApiError 400 where doors come from groups, or a door does not take the mode. */
async function ownDoors(
  call: Call,
  params: Params,
  definition: SystemDefinition,
  system: AcsSystemRecord,
): Promise<AcsEntranceRecord[]> {
  const field = 'allowed_acs_entrance_ids'
  const asked = distinctIds(params.allowed_acs_entrance_ids)
  if (hasGroups(definition) && asked.length === 0) return []
  if (!carriesDoors(definition)) {
    throw errors.invalidField(
      field,
      `On ${definition.display_name} doors come from access groups: add the user to one with /acs/users/add_to_access_group instead`,
    )
  }
  if (asked.length === 0) {
    throw errors.invalidField(
      field,
      `On ${definition.display_name} doors stand on the credential: name at least one entrance`,
    )
  }
  const doors = await requireEntrances(call, asked)
  const most = definition.maxEntrances?.[params.access_method] ?? doors.length
  if (doors.length > most) {
    throw errors.invalidField(
      field,
      `A ${params.access_method} of ${definition.display_name} opens ${most} door${most === 1 ? '' : 's'} at most: create one for each door`,
    )
  }
  for (const door of doors) {
    sameSystem(field, door, system.acs_system_id)
    refuseRemoved(field, door)
    if (!door[`can_unlock_with_${params.access_method}`]) {
      throw errors.invalidField(field, `${door.display_name} does not take a ${params.access_method}`)
    }
  }
  return doors
}

async function stayOf(
  call: Call,
  params: Params,
  wishes: Json,
  definition: SystemDefinition,
  system: AcsSystemRecord,
  doors: AcsEntranceRecord[],
): Promise<Exclude<StayPlan, { field: string }>> {
  const { store, ids } = call.services
  const prefix = definition.metadataKey ?? 'metadata'
  const stayWishes = wishes as StayWishes
  if (stayWishes.card_function_type === 'staff' && params.access_method === 'mobile_key') {
    throw errors.invalidField(`${prefix}.card_function_type`, 'Mobile keys are for guests: leave it out or send guest')
  }
  const asked = joinerIds(stayWishes)
  const [joined, onDoors] = await Promise.all([
    store.getMany(call.workspaceId, 'acs_credential', 'acs_credential_id', asked),
    credentialsOnDoors(
      store,
      call.workspaceId,
      system.acs_system_id,
      doors.map((door) => door.acs_entrance_id),
    ),
  ])
  const plan = planStay(stayWishes, {
    definition,
    acs_system_id: system.acs_system_id,
    doors,
    joined: new Map(joined.map((one) => [one.acs_credential_id, one])),
    onDoors,
    now: call.now,
    newKey: () => ids.uuid(),
  })
  if ('stay_key' in plan) return plan
  throw errors.invalidField(
    plan.field === 'allowed_acs_entrance_ids' ? plan.field : `${prefix}.${plan.field}`,
    plan.message,
  )
}

/** The credential manager that carries a mobile key to phones: the one that is named, else the system's own choice. */
async function carrierOf(
  call: Call,
  params: Params,
  definition: SystemDefinition,
  system: AcsSystemRecord,
): Promise<Json> {
  const field = 'credential_manager_acs_system_id'
  const id = params.credential_manager_acs_system_id
  if (params.access_method !== 'mobile_key') {
    if (id === undefined) return {}
    throw errors.invalidField(
      field,
      `Only a mobile_key is carried by a credential manager, not a ${params.access_method}: leave it out`,
    )
  }
  if (id !== undefined) {
    const manager = await requireSystem(call, id)
    if (canCarry(definitionOf(call, manager.provider), definition)) return { [field]: manager.acs_system_id }
    throw errors.invalidField(
      field,
      'Cannot carry mobile keys of this access system: see /acs/systems/list_compatible_credential_manager_acs_systems',
    )
  }
  if (!needsCredentialManager(definition)) return {}
  const systems = await systemsOf(call.services.store, call.workspaceId)
  const choice = managerOf(system, systems, (provider) => definitionOf(call, provider))
  if ('acs_system_id' in choice) return { [field]: choice.acs_system_id }
  throw errors.invalidField(
    field,
    choice.missing === 'none_chosen'
      ? 'Required: several connected credential managers can carry mobile keys of this access system'
      : missingManager(definition, choice.missing),
  )
}
