/** What create, update and request_access_methods accept, checked and resolved (core.md 6.1, 6.5). */
import { takesMode, type Door, type ReservationGrant } from '../../domain/grants/facts.ts'
import type { AccessWindow } from '../../domain/grants/windows.ts'
import type { MethodRequest } from '../../domain/grants/materialise.ts'
import type { Mode, SpaceRecord } from '../../domain/records.ts'
import { checkReservation } from '../../domain/reservations/rules.ts'
import { loadDoors, loadReservationGrants, loadSpaces } from '../../store/grant-facts.ts'
import { ApiError, errors } from '../errors.ts'
import type { Call } from '../operation.ts'
import { distinctIds, instantParam, refuseFarStart } from '../people.ts'
import { customerOf } from './access.ts'

/** The doors a grant is for, as named; all lists in lower case, each id once. */
export interface NamedTargets {
  acs_entrance_ids: string[]
  space_ids: string[]
  space_keys: string[]
}

export interface Targets {
  acs_entrance_ids: string[]
  space_ids: string[]
  spaces: SpaceRecord[]
  /** Every door, those of the spaces included. */
  doors: Map<string, Door>
}

/** Reads what is named. @throws ApiError 404 for what is not there, or not the customer's */
export async function readTargets(call: Call, named: NamedTargets): Promise<Targets> {
  const { store } = call.services
  const customer = customerOf(call)
  const { acs_entrance_ids, space_ids, space_keys } = named
  const found = await loadSpaces(store, call.workspaceId, space_ids, space_keys)
  const spaces = found.filter((space) => customer === null || space.customer_key === customer)
  for (const space_id of space_ids) {
    if (!spaces.some((space) => space.space_id === space_id)) throw errors.notFound('space', { space_id })
  }
  for (const space_key of space_keys) {
    if (!spaces.some((space) => space.space_key === space_key)) throw errors.notFound('space', { space_key })
  }
  const members = spaces.flatMap((space) => space.acs_entrance_ids)
  const doors = await loadDoors(store, call.workspaceId, distinctIds([...acs_entrance_ids, ...members]), customer)
  for (const acs_entrance_id of acs_entrance_ids) {
    if (!doors.has(acs_entrance_id)) throw errors.notFound('acs_entrance', { acs_entrance_id })
  }
  // In the order they were named: names and defaults take the first.
  const inOrder = distinctIds([...acs_entrance_ids, ...members]).flatMap((id): [string, Door][] => {
    const door = doors.get(id)
    return door === undefined ? [] : [[id, door]]
  })
  return { acs_entrance_ids, space_ids: spaces.map((space) => space.space_id), spaces, doors: new Map(inOrder) }
}

/** Doors are given by their acs_entrance_ids, also those that show as devices. @throws ApiError 404 for any device id */
export function refuseDevices(ids: readonly string[] | undefined): void {
  const [device_id] = ids ?? []
  if (device_id !== undefined) throw errors.notFound('device', { device_id })
}

/** @throws ApiError 404: no workspace has customization profiles. */
export function refuseProfile(id: string | undefined): void {
  if (id !== undefined) throw errors.notFound('customization_profile', { customization_profile_id: id })
}

/** The window asked for. @throws ApiError 400 when it does not end after its start and in the future */
export function readWindow(
  call: Call,
  given: { starts_at?: string | undefined; ends_at?: string | null | undefined },
  current: AccessWindow = { starts_at: call.now, ends_at: null },
): AccessWindow {
  const starts_at = given.starts_at === undefined ? current.starts_at : instantParam('starts_at', given.starts_at)
  const ends_at =
    given.ends_at === undefined
      ? current.ends_at
      : given.ends_at === null
        ? null
        : instantParam('ends_at', given.ends_at)
  if (given.starts_at !== undefined) refuseFarStart('starts_at', starts_at, call.nowMs)
  if (ends_at !== null && ends_at <= starts_at) throw errors.invalidField('ends_at', 'Must be after starts_at')
  if (given.ends_at !== undefined && ends_at !== null && ends_at !== current.ends_at && ends_at <= call.now) {
    throw errors.invalidField('ends_at', 'Must be in the future')
  }
  return { starts_at, ends_at }
}

/** @throws ApiError 400 for a PIN or a link setting on a mode that has none */
export function checkRequests(requests: readonly MethodRequest[]): void {
  requests.forEach((request, i) => {
    const field = `requested_access_methods.${i}`
    if (request.code !== undefined && request.mode !== 'code') {
      throw errors.invalidField(`${field}.code`, 'Only applicable when mode is code')
    }
    if ((request.instant_key_max_use_count ?? 1) > 2_147_483_647) {
      throw errors.invalidField(`${field}.instant_key_max_use_count`, 'Number must be less than or equal to 2147483647')
    }
    if (request.instant_key_max_use_count !== undefined && request.mode !== 'mobile_key') {
      throw errors.invalidField(`${field}.instant_key_max_use_count`, 'Only applicable when mode is mobile_key')
    }
  })
}

export interface ReservationInput extends AccessWindow {
  reservation_key: string | null
  doors: Iterable<Door>
  modes: readonly Mode[]
  /** The grant itself, when it exists already. */
  access_grant_id: string | null
  /** What changes of an existing grant. */
  checks?: { doors: boolean; times: boolean }
}

/** The rules of reservations, on what else is live (core.md 6.5). @throws ApiError 400 `validation_error`, 409 `conflict` */
export async function checkReservationRules(call: Call, input: ReservationInput): Promise<void> {
  const { reservation_key, starts_at, ends_at } = input
  const reservable = [...input.doors].filter((door) => door.can_belong_to_reservation)
  const definitionOf = (door: Door) => call.services.provisioning.definitionOf(door.provider)
  const guestModes = input.modes.filter((mode) => mode === 'card' || mode === 'mobile_key')
  const isReservationRequired = reservable.some((door) => {
    const definition = definitionOf(door)
    return definition.isReservationRequired && guestModes.some((mode) => takesMode(door, mode, definition))
  })
  let others: ReservationGrant[] = []
  if (reservation_key !== null) {
    const { store } = call.services
    others = await loadReservationGrants(store, call.workspaceId, reservation_key, input.access_grant_id, call.now)
  }
  const reservable_door_ids = reservable.map((door) => door.acs_entrance_id)
  const violation = checkReservation(
    {
      starts_at,
      ends_at,
      reservation_key,
      reservable_door_ids,
      isReservationRequired,
      ...(input.checks === undefined ? {} : { checks: input.checks }),
    },
    others,
  )
  if (violation === null) return
  const { rule, title, conflicting_access_grant_ids } = violation
  const type = violation.status === 400 ? 'validation_error' : 'conflict'
  const data = { title, rule, reservation_key, conflicting_access_grant_ids }
  throw new ApiError(violation.status, type, violation.message, { data, extra: { title } })
}
