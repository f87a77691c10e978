/** What the building view reads. Nothing tells of a card put on an encoder or a clock that was moved: those are looked at again and again. */
import { useQueries, useQuery, type UseQueryResult } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { call, callAs } from '../../api/client.ts'
import type {
  AccessMethod,
  AcsCredential,
  AcsEncoder,
  AcsEntrance,
  AcsSystem,
  AcsUser,
  Path,
  Phone,
} from '../../api/routes.ts'
import type { Attempt } from './reasons.ts'

interface Window {
  starts_at: string | null
  ends_at: string | null
}

export interface Card {
  card_id: string
  acs_system_id: string
  card_format: string
  card_number: string | null
  acs_credential_id: string | null
  acs_encoder_id: string | null
  written:
    | (Window & {
        doors: ({ acs_entrance_id: string | null } & Window)[]
        stays: { acs_entrance_id: string | null; number: number }[]
        ended: 'revoked' | 'suspended' | null
        written_at: string
      })
    | null
}

export interface DoorState {
  acs_entrance_id: string
  decided_by: 'card' | 'system'
  is_online: boolean
  privacy_mode: boolean
  wrong_codes_allowed: number | null
  keypad_locked_until: string | null
  latest_attempt: Attempt | null
}

export interface EncoderState {
  acs_encoder_id: string
  is_touched: boolean
  card: Card | null
  last_card_id: string | null
}

export interface PhoneState {
  device_id: string
  user_identity_id: string | null
  keys: ({
    acs_system_id: string
    acs_credential_id: string | null
    doors: ({ acs_entrance_id: string | null } & Window)[]
  } & Window)[]
}

export type FaultName = 'none' | 'offline' | 'unauthorized' | 'slow' | 'answer_lost' | 'busy' | 'refuse'

export interface Fault {
  fault: FaultName
  times: number | null
  delay_ms: number
  acs_encoder_id: string | null
}

export interface SystemState {
  cards: 'encoded' | 'assigned' | 'none'
  card_formats: string[]
  faults: Fault[]
}

/** How often what nobody tells of is looked at again. */
const LOOK_MS = 1_000
/** As many rows as the operations give at once. */
const MANY = 1_000

function useLook<T>(path: Path, params: object, everyMs?: number): UseQueryResult<T> {
  return useQuery({
    queryKey: [path, params],
    queryFn: ({ signal }) => callAs<T>(path, params, { signal }),
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
  })
}

export interface Clock {
  now: number
  isFrozen: boolean
  /** By the browser's clock. */
  readAt: number
}

export function useClock(): UseQueryResult<Clock> {
  return useQuery({
    queryKey: ['/sandbox/clock/get', {}],
    queryFn: async ({ signal }): Promise<Clock> => {
      const { clock } = await callAs<{ clock: { now: string; is_frozen: boolean } }>(
        '/sandbox/clock/get',
        {},
        { signal },
      )
      return { now: Date.parse(clock.now), isFrozen: clock.is_frozen, readAt: Date.now() }
    },
    refetchInterval: LOOK_MS,
  })
}

export interface Building {
  system: AcsSystem
  /** In the order they are listed. */
  entrances: AcsEntrance[]
  doors: ReadonlyMap<string, DoorState>
  encoders: AcsEncoder[]
  encoderStates: ReadonlyMap<string, EncoderState>
  state: SystemState
  cards: Card[]
  phones: { phone: Phone; state: PhoneState }[]
  credentials: ReadonlyMap<string, AcsCredential>
  users: ReadonlyMap<string, AcsUser>
  /** Whose card each was when it was last somebody's: whose stay is over is known no more, and tries the door all the same. */
  lastHolders: ReadonlyMap<string, string>
}

/** Everything of one system. Undefined while the first look is under way. */
export function useBuilding(system: AcsSystem): { data: Building | undefined; error: Error | null; retry: () => void } {
  const of = { acs_system_id: system.acs_system_id }
  const entrances = useLook<{ acs_entrances: AcsEntrance[] }>('/acs/entrances/list', { ...of, limit: MANY })
  const encoders = useLook<{ acs_encoders: AcsEncoder[] }>('/acs/encoders/list', {
    acs_system_ids: [system.acs_system_id],
    limit: MANY,
  })
  const doors = useLook<{ doors: DoorState[] }>('/sandbox/doors/list', of, LOOK_MS)
  const encoderStates = useLook<{ encoders: EncoderState[] }>('/sandbox/encoders/list', of, LOOK_MS)
  const state = useLook<{ system: SystemState }>('/sandbox/systems/get', of, LOOK_MS)
  const cards = useLook<{ cards: Card[] }>('/sandbox/cards/list', of, LOOK_MS)
  const phoneStates = useLook<{ phones: PhoneState[] }>('/sandbox/phones/list', of, LOOK_MS)
  const phones = useLook<{ phones: Phone[] }>('/phones/list', {})
  const credentials = useLook<{ acs_credentials: AcsCredential[] }>('/acs/credentials/list', { ...of, limit: MANY })
  const users = useLook<{ acs_users: AcsUser[] }>('/acs/users/list', { ...of, limit: MANY })
  const all = [entrances, encoders, doors, encoderStates, state, cards, phoneStates, phones, credentials, users]
  const failed = all.find((query) => query.data === undefined && query.error !== null)
  const retry = (): void => {
    for (const query of all) if (query.error !== null) void query.refetch()
  }
  const answers = {
    entrances: entrances.data,
    encoders: encoders.data,
    doors: doors.data,
    encoderStates: encoderStates.data,
    state: state.data,
    cards: cards.data,
    phoneStates: phoneStates.data,
    phones: phones.data,
    credentials: credentials.data,
    users: users.data,
  }
  // An answer that says what it said before is the same object: then so is the building.
  const data = useSame(system, answers)
  return { data, error: data === undefined ? (failed?.error ?? null) : null, retry }
}

interface Answers {
  entrances: { acs_entrances: AcsEntrance[] } | undefined
  encoders: { acs_encoders: AcsEncoder[] } | undefined
  doors: { doors: DoorState[] } | undefined
  encoderStates: { encoders: EncoderState[] } | undefined
  state: { system: SystemState } | undefined
  cards: { cards: Card[] } | undefined
  phoneStates: { phones: PhoneState[] } | undefined
  phones: { phones: Phone[] } | undefined
  credentials: { acs_credentials: AcsCredential[] } | undefined
  users: { acs_users: AcsUser[] } | undefined
}

function useSame(system: AcsSystem, answers: Answers): Building | undefined {
  const { entrances, encoders, doors, encoderStates, state, cards, phoneStates, phones, credentials, users } = answers
  const [lastHolders] = useState(() => new Map<string, string>())
  return useMemo(
    () =>
      put(system, lastHolders, {
        entrances,
        encoders,
        doors,
        encoderStates,
        state,
        cards,
        phoneStates,
        phones,
        credentials,
        users,
      }),
    [
      system,
      lastHolders,
      entrances,
      encoders,
      doors,
      encoderStates,
      state,
      cards,
      phoneStates,
      phones,
      credentials,
      users,
    ],
  )
}

/** Undefined as long as one of the answers is still to come. */
function put(system: AcsSystem, lastHolders: Map<string, string>, answers: Answers): Building | undefined {
  const { entrances, encoders, doors, encoderStates, state, cards, phoneStates, phones, credentials, users } = answers
  if (entrances === undefined || encoders === undefined || doors === undefined || encoderStates === undefined)
    return undefined
  if (state === undefined || cards === undefined || phoneStates === undefined || phones === undefined) return undefined
  if (credentials === undefined || users === undefined) return undefined
  const statesOfPhones = new Map(phoneStates.phones.map((one) => [one.device_id, one]))
  const byId = new Map(credentials.acs_credentials.map((one) => [one.acs_credential_id, one]))
  const usersById = new Map(users.acs_users.map((one) => [one.acs_user_id, one]))
  for (const { card_id, acs_credential_id } of cards.cards) {
    const holder = holderOf(byId.get(acs_credential_id ?? ''), usersById)
    if (holder !== null) lastHolders.set(card_id, holder)
  }
  return {
    system,
    entrances: entrances.acs_entrances,
    doors: new Map(doors.doors.map((door) => [door.acs_entrance_id, door])),
    encoders: encoders.acs_encoders,
    encoderStates: new Map(encoderStates.encoders.map((encoder) => [encoder.acs_encoder_id, encoder])),
    state: state.system,
    cards: cards.cards,
    phones: phones.phones.flatMap((phone) => {
      const found = statesOfPhones.get(phone.device_id)
      return found === undefined ? [] : [{ phone, state: found }]
    }),
    credentials: byId,
    users: usersById,
    lastHolders,
  }
}

/** What all doors of the system saw, newest first. */
export function useAttempts(acs_system_id: string): UseQueryResult<{ door_attempts: Attempt[] }> {
  return useLook('/sandbox/doors/list_attempts', { acs_system_id, limit: 100 }, LOOK_MS)
}

export function useAttemptsAt(acs_entrance_id: string): UseQueryResult<{ door_attempts: Attempt[] }> {
  return useLook('/sandbox/doors/list_attempts', { acs_entrance_id, limit: 20 }, LOOK_MS)
}

/** A card that somebody waits for. */
export interface Awaited {
  id: string
  name: string
  how: 'encode' | 'assign'
  /** The access method that waits, or the credential that stands alone. */
  of: { access_method_id: string } | { acs_credential_id: string }
}

/** As many waiting access methods as are looked behind: each costs a request. */
const MOST_AWAITED = 40

/** Which access methods of this system wait for a card, and which credentials that belong to no grant. */
export function useAwaited({ system, credentials, users, state }: Building): { awaited: Awaited[]; more: number } {
  const methods = useLook<{ access_methods: AccessMethod[] }>('/access_methods/list', { limit: MANY })
  const waiting = (methods.data?.access_methods ?? []).filter(
    (method) =>
      method.mode === 'card' && (method.is_ready_for_encoding === true || method.is_ready_for_assignment === true),
  )
  const looked = waiting.slice(-MOST_AWAITED)
  const related = useQueries({
    queries: looked.map(({ access_method_id }) => ({
      queryKey: ['/access_methods/get_related', { access_method_ids: [access_method_id] }],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        call(
          '/access_methods/get_related',
          { access_method_ids: [access_method_id], include: ['access_grants', 'acs_credentials'] },
          { signal },
        ),
    })),
  })
  const found: Awaited[] = []
  const behindMethods = new Set<string>()
  looked.forEach((method, index) => {
    const batch = related[index]?.data?.batch
    for (const credential of batch?.acs_credentials ?? []) {
      behindMethods.add(credential.acs_credential_id)
      if (credential.acs_system_id !== system.acs_system_id || credential.access_method !== 'card') continue
      const grant = batch?.access_grants?.[0]
      found.push({
        id: method.access_method_id,
        name: grant?.display_name ?? holderOf(credential, users) ?? method.display_name,
        how: method.is_ready_for_assignment === true ? 'assign' : 'encode',
        of: { access_method_id: method.access_method_id },
      })
    }
  })
  const isSettled = methods.data !== undefined && related.every((query) => !query.isPending)
  if (isSettled && state.cards === 'encoded')
    for (const credential of credentials.values()) {
      const isAlone = !behindMethods.has(credential.acs_credential_id)
      if (!isAlone || credential.access_method !== 'card' || credential.is_issued !== false) continue
      if (credential.acs_user_id === undefined || waiting.length > looked.length) continue
      const { acs_credential_id } = credential
      found.push({
        id: acs_credential_id,
        name: holderOf(credential, users) ?? credential.display_name,
        how: 'encode',
        of: { acs_credential_id },
      })
    }
  return { awaited: found, more: waiting.length - looked.length }
}

/** Whose a credential is. */
export function holderOf(
  credential: Pick<AcsCredential, 'acs_user_id'> | undefined,
  users: ReadonlyMap<string, AcsUser>,
): string | null {
  const user = users.get(credential?.acs_user_id ?? '')
  return user === undefined ? null : (user.full_name ?? user.display_name)
}

/** What a card is called: its holder, or its last one as long as that still stands on it, else what it is. */
export function nameOfCard(
  card: Card,
  { credentials, users, lastHolders }: Pick<Building, 'credentials' | 'users' | 'lastHolders'>,
): string {
  const holder = holderOf(credentials.get(card.acs_credential_id ?? ''), users)
  const last = lastHolders.get(card.card_id)
  const number = card.card_number === null ? '' : ` ${card.card_number}`
  if (holder !== null) return `${holder}’s card${number}`
  if (card.written !== null && last !== undefined) return `${last}’s old card${number}`
  if (card.written !== null) return `Written card${number}`
  return card.card_number === null ? `Blank ${card.card_format}` : `Free card${number}`
}
