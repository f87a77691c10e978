// Properties of what follows from a grant: every capable door covered once per mode, access never outside the window,
// nothing left behind. Facts are changed in place, so that one operation can be applied after another.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Ids } from '../../ids.ts'
import { carriesDoors, grantsThroughGroups, type SystemDefinition } from '../../systems/kit/definition.ts'
import { ChangeSet } from '../changes.ts'
import { candidateCodes } from '../codes/choose.ts'
import type { AccessGrantRecord, Mode } from '../records.ts'
import { rematerialise, updateGrant } from './change.ts'
import { finishDeletions } from './deletion.ts'
import { deleteGrant, deleteMethods, endGrant } from './end.ts'
import {
  candidateGroupKeys,
  capableDoors,
  codePlaces,
  isGrantGroup,
  managedGroupKey,
  type Door,
  type GrantFacts,
} from './facts.ts'
import { addRequests, createGrant, requested, type MethodRequest } from './materialise.ts'
import type { Tools } from './plan.ts'
import { hull, overlaps, rangeText, windowOf } from './windows.ts'
import { wholeZones, zonesInPart } from './zones.ts'

const NOW = '2030-01-01T00:00:00.000Z'
const MODES: Mode[] = ['code', 'card', 'mobile_key', 'cloud_key']

const base: Omit<SystemDefinition, 'provider'> = {
  display_name: 'Test',
  system_type: 'test',
  system_type_display_name: 'Test',
  family: 'group',
  modes: MODES,
  card: 'encode',
  pin: { maker: 'caller', minLength: 4, maxLength: 8 },
  hasUserSchedule: false,
  onePerUser: [],
  hasStays: false,
  isReservationRequired: false,
  confirmsUnlock: false,
  types: { credential: {} },
  setup: [],
  sources: [],
}
const definitions: Record<string, SystemDefinition> = {
  group: { ...base, provider: 'group' },
  schedule: {
    ...base,
    provider: 'schedule',
    card: 'assign',
    pin: { maker: 'system', minLength: 6, maxLength: 10 },
    hasUserSchedule: true,
  },
  single: { ...base, provider: 'single', onePerUser: ['card', 'mobile_key'] },
  numbers: {
    ...base,
    provider: 'numbers',
    pin: { maker: 'caller', minLength: 1, maxLength: 10, maxValue: 4294967296, isPersonal: true },
  },
  both: {
    ...base,
    provider: 'both',
    hasDoorsOnCredentials: true,
    hasStays: true,
    metadataKey: 'both_metadata',
    credentialManagers: ['carrier'],
  },
  parts: {
    ...base,
    provider: 'parts',
    family: 'credential',
    pin: { maker: 'system', minLength: 7, maxLength: 7 },
    maxEntrances: { code: 1, mobile_key: 2 },
  },
  zoned: { ...base, provider: 'zoned', metadataKey: 'zoned_metadata', zones: { id: 'zone_id', name: 'zone_name' } },
  stays: { ...base, provider: 'stays', family: 'credential', hasStays: true, metadataKey: 'stays_metadata' },
}
const definitionOf = (provider: string): SystemDefinition => definitions[provider] ?? { ...base, provider }

let count = 0

/** Ids that count up, and digits that look drawn by lot. */
function countingTools(): Tools {
  let seed = 1
  const next = (): number => (seed = (seed * 48271) % 2147483647)
  const ids: Ids = {
    uuid: () => `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`,
    text: (length, alphabet) => Array.from({ length }, () => alphabet[next() % alphabet.length]).join(''),
    integer: (bound) => next() % bound,
    bytes: (length) => Buffer.alloc(length, next() % 256),
  }
  return { ids, seal: (text) => text }
}

function take<T>(most: number, from: Iterable<T>): T[] {
  const taken: T[] = []
  for (const one of from) {
    if (taken.length === most) break
    taken.push(one)
  }
  return taken
}

interface DoorShape {
  provider: string
  modes: Mode[]
  reservable: boolean
}

function doorOf(shape: DoorShape, i: number): Door {
  return {
    workspace_id: 'w',
    acs_entrance_id: `door-${i}`,
    acs_system_id: `system-${shape.provider}`,
    connected_account_id: `account-${shape.provider}`,
    external_id: String(i),
    display_name: `Door ${i}`,
    can_unlock_with_code: shape.modes.includes('code'),
    can_unlock_with_card: shape.modes.includes('card'),
    can_unlock_with_mobile_key: shape.modes.includes('mobile_key'),
    can_unlock_with_cloud_key: shape.modes.includes('cloud_key'),
    can_belong_to_reservation: shape.reservable,
    is_locked: null,
    metadata: { zoned_metadata: { zone_id: i % 3, zone_name: `Zone ${i % 3}` } },
    errors: [],
    warnings: [],
    created_at: NOW,
    version: 1,
    provider: shape.provider,
  }
}

function factsOf(
  shapes: DoorShape[],
  requests: MethodRequest[],
  doorIds = shapes.map((_, i) => `door-${i}`),
): GrantFacts {
  const doors = new Map(shapes.map((shape, i) => [`door-${i}`, doorOf(shape, i)]))
  const grant: AccessGrantRecord = {
    workspace_id: 'w',
    access_grant_id: 'grant',
    access_grant_key: 'key',
    user_identity_id: 'identity',
    name: null,
    display_name: 'Grant',
    starts_at: '2030-02-01T15:00:00.000Z',
    ends_at: '2030-02-04T11:00:00.000Z',
    reservation_key: null,
    customization_profile_id: null,
    acs_entrance_ids: doorIds,
    device_ids: [],
    space_ids: [],
    requested_access_methods: requested(requests, NOW),
    access_method_ids: [],
    door_ids: doorIds,
    granted_door_ids: [],
    is_granted_to_all_doors: false,
    is_ended: false,
    is_deleting: false,
    pending: [],
    errors: [],
    warnings: [],
    created_at: NOW,
    version: 1,
  }
  const facts: GrantFacts = {
    identity: {
      workspace_id: 'w',
      user_identity_id: 'identity',
      user_identity_key: null,
      full_name: 'Jane Doe',
      email_address: null,
      phone_number: null,
      is_managed: true,
      errors: [],
      warnings: [],
      created_at: NOW,
      version: 1,
    },
    grant,
    doors,
    users: [],
    groups: [],
    otherGrants: [],
    methods: [],
    leaving: [],
    otherMethods: [],
    credentials: [],
    claims: [],
    personalCodes: [],
    freeCodes: codePlaces(doors.values(), definitionOf).map(({ acs_system_ids, rule }) => ({
      acs_system_ids,
      codes: take(50, candidateCodes(rule, countingTools().ids)),
    })),
    instantKeys: [],
    phones: [],
    managers: new Map(),
    reservation: undefined,
    reservationStayKey: null,
    definitionOf,
    grantKeysOf: () => ['key'],
  }
  return facts
}

const shape = fc.record({
  provider: fc.constantFrom('group', 'schedule', 'single', 'stays', 'both', 'parts', 'zoned'),
  modes: fc.subarray(MODES),
  reservable: fc.boolean(),
})
const request = fc.constantFrom<MethodRequest[]>(
  { mode: 'code' },
  { mode: 'card' },
  { mode: 'mobile_key' },
  { mode: 'cloud_key' },
  { mode: 'code', code: '2468' } as never,
)

/** What must hold whatever has happened to a grant. */
function check(facts: GrantFacts): void {
  const { grant } = facts
  const window = { starts_at: grant.starts_at, ends_at: grant.ends_at }
  const live = facts.credentials.filter((credential) => !credential.is_deleting)
  for (const method of facts.methods) {
    expect({ starts_at: method.starts_at, ends_at: method.ends_at }).toEqual(window)
    expect(grant.access_method_ids).toContain(method.access_method_id)
    expect(method.acs_entrance_ids.every((id) => grant.door_ids.includes(id))).toBe(true)
  }
  for (const credential of live) {
    expect({ starts_at: credential.starts_at, ends_at: credential.ends_at }).toEqual(window)
    expect(credential.is_dirty).toBe(true)
    const definition = definitionOf(credential.acs_system_id.slice('system-'.length))
    if (!carriesDoors(definition)) expect(credential.acs_entrance_ids).toEqual([])
    else expect(credential.acs_entrance_ids.every((id) => grant.door_ids.includes(id))).toBe(true)
    const most = definition.maxEntrances?.[credential.access_method]
    expect(credential.acs_entrance_ids.length).toBeLessThanOrEqual(most ?? Infinity)
  }
  // Nobody is in a group that would open a door beside those of the grant.
  for (const user of facts.users) {
    for (const group of facts.groups.filter((one) => user.acs_access_group_ids.includes(one.acs_access_group_id)))
      expect(zonesInPart(group.acs_entrance_ids, facts)).toEqual([])
  }
  // A door in a part of a zone is covered by nothing, and the grant names it.
  for (const { doors } of zonesInPart(grant.door_ids, facts)) {
    const ids = doors.map((door) => door.acs_entrance_id)
    for (const id of ids) expect(facts.methods.flatMap((method) => method.acs_entrance_ids)).not.toContain(id)
    if (grant.requested_access_methods.length > 0)
      expect(grant.errors.map((error) => error['missing_acs_entrance_ids'])).toContainEqual(ids)
  }
  expect(new Set(grant.access_method_ids)).toEqual(new Set(facts.methods.map((method) => method.access_method_id)))
  // A PIN stands once per door at any instant.
  for (const one of facts.claims) {
    for (const other of facts.claims) {
      if (one === other || one.acs_entrance_id !== other.acs_entrance_id || one.code !== other.code) continue
      expect(overlaps(windowOf(one), windowOf(other))).toBe(false)
    }
  }
  // Where grants work through groups people are in one managed group: that of the doors their methods open, for this time.
  for (const user of facts.users) {
    const definition = definitionOf(user.acs_system_id.slice('system-'.length))
    const groups = facts.groups.filter((group) => user.acs_access_group_ids.includes(group.acs_access_group_id))
    const doors = new Set(
      facts.methods
        .flatMap((method) => method.acs_entrance_ids)
        .filter((id) => facts.doors.get(id)?.acs_system_id === user.acs_system_id),
    )
    if (!grantsThroughGroups(definition) || doors.size === 0) expect(groups).toEqual([])
    else
      expect(groups.map((group) => managedGroupKey(group.acs_entrance_ids, group))).toEqual([
        managedGroupKey(wholeZones([...doors], facts), window),
      ])
    if (doors.size > 0 && definition.hasUserSchedule) {
      expect({ starts_at: user.access_starts_at, ends_at: user.access_ends_at }).toEqual(window)
    }
  }
}

describe('creating a grant', () => {
  test('covers every door that takes a mode exactly once per request, and no other door', () => {
    fc.assert(
      fc.property(
        fc.array(shape, { minLength: 1, maxLength: 12 }),
        fc.array(request, { maxLength: 4 }),
        (shapes, requests) => {
          const facts = factsOf(shapes, requests)
          createGrant(facts, {}, NOW, countingTools())
          check(facts)
          const seen = new Set<string>()
          requests.forEach(({ mode }, i) => {
            const made = facts.methods.filter((method) =>
              facts.grant.requested_access_methods[i]?.created_access_method_ids.includes(method.access_method_id),
            )
            const covered = made.flatMap((method) => method.acs_entrance_ids).sort()
            const wanted: string[] = []
            for (const [system, doors] of capableDoors(facts.grant.door_ids, mode, facts)) {
              // Where a system allows one per person, the first request has it.
              const isSecond = system === 'system-single' && seen.has(mode)
              if (!isSecond || (mode !== 'card' && mode !== 'mobile_key'))
                wanted.push(...doors.map((door) => door.acs_entrance_id))
            }
            seen.add(mode)
            expect(covered).toEqual(wanted.sort())
          })
        },
      ),
    )
  })

  test('only asks for groups whose keys were looked up', () => {
    fc.assert(
      fc.property(
        fc.array(shape, { minLength: 1, maxLength: 8 }),
        fc.array(request, { maxLength: 4 }),
        (shapes, requests) => {
          const facts = factsOf(shapes, requests)
          const keys = candidateGroupKeys(
            facts.grant.door_ids,
            requests.map(({ mode }) => mode),
            facts.grant,
            facts,
          )
          createGrant(facts, {}, NOW, countingTools())
          for (const group of facts.groups) expect(keys).toContain(group.managed_key)
        },
      ),
    )
  })

  test('puts the person, the methods and what failed in the documented order of events', () => {
    const shapes: DoorShape[] = [
      { provider: 'group', modes: ['card'], reservable: false },
      { provider: 'stays', modes: ['card'], reservable: true },
    ]
    const facts = factsOf(shapes, [{ mode: 'card' }, { mode: 'cloud_key' }])
    const changes = createGrant(facts, {}, NOW, countingTools())
    expect(types(changes)).toEqual([
      'access_grant.created',
      'acs_user.created',
      'acs_user.created',
      'access_method.created',
      'access_method.created',
      'access_grant.could_not_create_requested_access_methods',
    ])
  })

  test('gives cards of reservable doors one stay where cards carry stays, and none elsewhere', () => {
    const shapes: DoorShape[] = [
      { provider: 'stays', modes: ['card', 'mobile_key'], reservable: true },
      { provider: 'group', modes: ['card'], reservable: true },
    ]
    const facts = factsOf(shapes, [{ mode: 'card' }, { mode: 'mobile_key' }])
    createGrant(facts, {}, NOW, countingTools())
    const staysOf = (system: string): unknown[] =>
      facts.credentials.filter((one) => one.acs_system_id === system).map((one) => one.stay_key)
    expect(new Set(staysOf('system-stays')).size).toBe(1)
    expect(staysOf('system-stays')).not.toContain(null)
    expect(staysOf('system-group')).toEqual([null])
  })

  describe('where mobile keys need a credential manager', () => {
    const shapes: DoorShape[] = [{ provider: 'both', modes: ['card', 'mobile_key'], reservable: true }]

    test.each([
      ['none_connected', 'Connect one of the type carrier'],
      ['none_chosen', 'Disconnect those that are not used'],
    ] as const)('%s: the key is not made, the card is, and the grant says what to do', (missing, remedy) => {
      const facts = factsOf(shapes, [{ mode: 'mobile_key' }, { mode: 'card' }])
      facts.managers = new Map([['system-both', { missing }]])
      const changes = createGrant(facts, {}, NOW, countingTools())
      expect(facts.methods.map((method) => method.mode)).toEqual(['card'])
      expect(facts.credentials.map((credential) => credential.access_method)).toEqual(['card'])
      const [error] = facts.grant.errors
      expect(error).toMatchObject({ error_code: 'cannot_create_requested_access_methods', mode: 'mobile_key' })
      expect(error?.message).toContain(remedy)
      expect(types(changes)).toContain('access_grant.could_not_create_requested_access_methods')
    })

    test('no person is made at a system that gets nothing', () => {
      const facts = factsOf(shapes, [{ mode: 'mobile_key' }])
      facts.managers = new Map([['system-both', { missing: 'none_connected' }]])
      createGrant(facts, {}, NOW, countingTools())
      expect([facts.users, facts.methods]).toEqual([[], []])
    })

    test('requested again once one is connected, the key is made and the error is gone', () => {
      const facts = factsOf(shapes, [{ mode: 'mobile_key' }, { mode: 'card' }])
      facts.managers = new Map([['system-both', { missing: 'none_connected' }]])
      createGrant(facts, {}, NOW, countingTools())
      facts.managers = new Map([['system-both', { acs_system_id: 'manager' }]])
      addRequests(facts, [{ mode: 'mobile_key' }], NOW, countingTools())
      expect(facts.grant.errors).toEqual([])
      const key = facts.credentials.find((credential) => credential.access_method === 'mobile_key')
      expect(key?.metadata).toMatchObject({ credential_manager_acs_system_id: 'manager' })
      const card = facts.credentials.find((credential) => credential.access_method === 'card')
      expect(card?.metadata).not.toHaveProperty('credential_manager_acs_system_id')
    })
  })

  test('puts doors and stay on the credential where it carries them beside those of groups, and makes no group', () => {
    const facts = factsOf(
      [
        { provider: 'both', modes: ['card'], reservable: true },
        { provider: 'both', modes: ['card'], reservable: false },
      ],
      [{ mode: 'card' }],
    )
    createGrant(facts, {}, NOW, countingTools())
    expect(facts.credentials).toMatchObject([
      { acs_entrance_ids: ['door-0', 'door-1'], stay_key: expect.any(String) as string },
    ])
    expect([facts.groups, facts.users.flatMap((user) => user.acs_access_group_ids)]).toEqual([[], []])
  })

  test('names doors that no requested method opens', () => {
    const facts = factsOf(
      [
        { provider: 'group', modes: ['card'], reservable: false },
        { provider: 'group', modes: ['code'], reservable: false },
      ],
      [{ mode: 'card' }],
    )
    createGrant(facts, {}, NOW, countingTools())
    expect(facts.grant.errors).toMatchObject([{ missing_acs_entrance_ids: ['door-1'] }])
  })

  test('copies a mobile key to each phone', () => {
    const facts = factsOf([{ provider: 'group', modes: ['mobile_key'], reservable: false }], [{ mode: 'mobile_key' }])
    facts.phones = ['p1', 'p2'].map((device_id) => ({ device_id })) as GrantFacts['phones']
    createGrant(facts, {}, NOW, countingTools())
    expect(facts.credentials.map((one) => one.phone_device_id)).toEqual([null, 'p1', 'p2'])
    expect(facts.credentials.filter((one) => one.parent_acs_credential_id !== null)).toHaveLength(2)
  })
})

type Step = { doors: number[] } | { days: number } | { request: MethodRequest } | { dropMethod: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ doors: fc.uniqueArray(fc.nat({ max: 7 }), { minLength: 1, maxLength: 8 }) }),
  fc.record({ days: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ request }),
  fc.record({ dropMethod: fc.nat({ max: 5 }) }),
)

function apply(facts: GrantFacts, step: Step, tools: Tools, now: string): void {
  if ('request' in step) addRequests(facts, [step.request], now, tools)
  else if ('dropMethod' in step) {
    const method = facts.methods[step.dropMethod]
    if (method !== undefined) deleteMethods(facts, [method.access_method_id], now, tools, true)
  } else if ('days' in step) {
    const ends_at = new Date(Date.parse('2030-02-02T11:00:00.000Z') + step.days * 86_400_000).toISOString()
    updateGrant(facts, { ends_at, door_ids: facts.grant.door_ids }, now, tools)
  } else
    rematerialise(
      facts,
      step.doors.map((i) => `door-${i}`),
      now,
      tools,
    )
  // What was deleted is gone by the time of the next command.
  facts.credentials = facts.credentials.filter((credential) => !credential.is_deleting)
  facts.leaving = []
  const left = new Set(facts.credentials.map((credential) => credential.acs_credential_id))
  facts.claims = facts.claims.filter((claim) => left.has(claim.acs_credential_id))
}

describe('whatever happens to a grant', () => {
  const eight = fc.array(shape, { minLength: 8, maxLength: 8 })
  const story = fc.record({
    shapes: eight,
    requests: fc.array(request, { maxLength: 3 }),
    steps: fc.array(step, { maxLength: 8 }),
  })

  test('its methods, people, groups and PINs agree with it', () => {
    fc.assert(
      fc.property(story, ({ shapes, requests, steps }) => {
        const facts = factsOf(shapes, requests)
        const tools = countingTools()
        createGrant(facts, {}, NOW, tools)
        steps.forEach((one, i) => {
          apply(facts, one, tools, new Date(Date.parse(NOW) + (i + 1) * 1000).toISOString())
          check(facts)
        })
      }),
    )
  })

  test('nothing of it is left when it is deleted, and no access when it has ended', () => {
    fc.assert(
      fc.property(story, fc.boolean(), ({ shapes, requests, steps }, isDeleted) => {
        const facts = factsOf(shapes, requests)
        const tools = countingTools()
        createGrant(facts, {}, NOW, tools)
        for (const one of steps) apply(facts, one, tools, NOW)
        const methods = facts.methods.length + facts.leaving.length
        const changes = isDeleted ? deleteGrant(facts, NOW, true) : endGrant(facts, NOW)
        expect(facts.credentials.every((credential) => credential.is_deleting)).toBe(true)
        const groups = facts.groups.filter(isGrantGroup).map((group) => group.acs_access_group_id)
        for (const user of facts.users) {
          expect(user.acs_access_group_ids.some((id) => groups.includes(id))).toBe(false)
          if (user.access_starts_at !== null) expect(user.access_ends_at).toBe(NOW)
        }
        if (isDeleted) {
          expect(types(changes)).toEqual([
            ...Array<string>(methods).fill('access_method.deleted'),
            'access_grant.deleted',
          ])
        } else expect(types(changes)).toEqual([])
      }),
    )
  })

  test('deleted, it goes with the last credential that its systems give up, each thing once and in order', () => {
    fc.assert(
      fc.property(story, fc.array(fc.nat({ max: 2 })), ({ shapes, requests, steps }, turns) => {
        const facts = factsOf(shapes, requests)
        const tools = countingTools()
        createGrant(facts, {}, NOW, tools)
        for (const one of steps) apply(facts, one, tools, NOW)
        const all = [...facts.methods, ...facts.leaving].map((method) => method.access_method_id)
        const told = types(deleteGrant(facts, NOW))
        const methods = [...facts.leaving]
        const withoutKey = all.length - methods.length
        expect(told).toEqual([
          ...Array<string>(withoutKey).fill('access_method.deleted'),
          ...(methods.length === 0 ? ['access_grant.deleted'] : []),
        ])
        // The systems confirm some credentials at a time.
        const left = facts.credentials.filter((one) => methods.some((m) => m.access_method_id === one.access_method_id))
        for (let turn = 0; left.length > 0; turn++) {
          const credentials = [...left]
          const gone = left.splice(0, 1 + (turns[turn] ?? 0))
          const behind = methods.filter((m) => gone.some((one) => one.access_method_id === m.access_method_id))
          const changes = new ChangeSet()
          finishDeletions(changes, gone, { methods: behind, credentials, grants: [facts.grant], siblings: methods })
          for (const row of changes.deletes.access_method ?? [])
            methods.splice(
              methods.findIndex((one) => one.access_method_id === row.access_method_id),
              1,
            )
          expect(changes.events.some((one) => one.event_type === 'access_grant.deleted')).toBe(methods.length === 0)
          told.push(...types(changes))
        }
        expect(told).toEqual([...all.map(() => 'access_method.deleted'), 'access_grant.deleted'])
      }),
    )
  })

  test('asking for what is already so writes nothing', () => {
    fc.assert(
      fc.property(story, ({ shapes, requests }) => {
        const facts = factsOf(shapes, requests)
        createGrant(facts, {}, NOW, countingTools())
        const { starts_at, ends_at, door_ids } = facts.grant
        expect(
          updateGrant(facts, { starts_at, ends_at, door_ids: [...door_ids].reverse() }, NOW, countingTools()).isEmpty,
        ).toBe(true)
        expect(rematerialise(facts, door_ids, NOW, countingTools()).isEmpty).toBe(true)
      }),
    )
  })
})

describe('people at systems', () => {
  test('a schedule that somebody gave a user is only widened', () => {
    const facts = factsOf([{ provider: 'schedule', modes: ['cloud_key'], reservable: false }], [{ mode: 'cloud_key' }])
    createGrant(facts, {}, NOW, countingTools())
    const [user] = facts.users
    if (user === undefined) throw new Error('no user')
    Object.assign(user, { access_starts_at: '2029-01-01T00:00:00.000Z', access_ends_at: '2030-02-02T00:00:00.000Z' })
    updateGrant(facts, { ends_at: '2030-02-09T00:00:00.000Z', door_ids: facts.grant.door_ids }, NOW, countingTools())
    expect(user).toMatchObject({
      access_starts_at: '2029-01-01T00:00:00.000Z',
      access_ends_at: '2030-02-09T00:00:00.000Z',
    })
  })

  test('an encoded card that carries its groups is out of date once they change', () => {
    const facts = factsOf(
      [
        { provider: 'group', modes: ['card'], reservable: false },
        { provider: 'group', modes: ['code'], reservable: false },
      ],
      [{ mode: 'card' }],
    )
    createGrant(facts, {}, NOW, countingTools())
    const [card] = facts.credentials
    Object.assign(card ?? {}, { is_issued: true, was_issued: true })
    addRequests(facts, [{ mode: 'code' }], NOW, countingTools())
    expect(card?.needs_to_be_reissued).toBe(true)
    expect(facts.methods[0]?.is_encoding_required).toBe(true)
  })
})

test('a PIN that somebody else has in the new time is replaced, and the grant says so', () => {
  const facts = factsOf([{ provider: 'group', modes: ['code'], reservable: false }], [{ mode: 'code', code: '2468' }])
  createGrant(facts, {}, NOW, countingTools())
  const during = rangeText({ starts_at: '2030-02-10T00:00:00.000Z', ends_at: null })
  facts.claims.push({ workspace_id: 'w', acs_credential_id: 'other', acs_entrance_id: 'door-0', code: '2468', during })
  updateGrant(facts, { ends_at: '2030-02-20T00:00:00.000Z', door_ids: ['door-0'] }, NOW, countingTools())
  const [method] = facts.methods
  expect(method?.code).not.toBe('2468')
  expect(facts.credentials[0]?.code).toBe(method?.code)
  expect(facts.grant.warnings).toMatchObject([
    { warning_code: 'requested_code_unavailable', original_code: '2468', new_code: method?.code },
  ])
})

describe('doors that do not fit on one credential', () => {
  const doors: DoorShape[] = [0, 1, 2].map(() => ({
    provider: 'parts',
    modes: ['code', 'mobile_key'],
    reservable: false,
  }))
  const doorsOf = (facts: GrantFacts): string[][] => facts.methods.map((method) => method.acs_entrance_ids)

  test('are spread over as many methods as it takes, each with a credential of its own', () => {
    const facts = factsOf(doors, [{ mode: 'code' }, { mode: 'mobile_key' }])
    createGrant(facts, {}, NOW, countingTools())
    expect(doorsOf(facts)).toEqual([['door-0'], ['door-1'], ['door-2'], ['door-0', 'door-1'], ['door-2']])
    for (const method of facts.methods) {
      const [credential, ...others] = facts.credentials.filter(
        (one) => one.access_method_id === method.access_method_id,
      )
      expect(credential?.acs_entrance_ids).toEqual(method.acs_entrance_ids)
      expect(others).toEqual([])
      expect(method.acs_system_id).toBe('system-parts')
    }
  })

  test('come and go without touching the methods of the others', () => {
    const facts = factsOf(doors, [{ mode: 'code' }], ['door-0', 'door-1'])
    createGrant(facts, {}, NOW, countingTools())
    const [first, second] = facts.methods
    for (const method of facts.methods) Object.assign(method, { is_issued: true, was_issued: true })
    const changes = updateGrant(facts, { door_ids: ['door-1', 'door-2'] }, NOW, countingTools())
    expect(doorsOf(facts)).toEqual([['door-1'], ['door-2']])
    expect(facts.methods[0]).toBe(second)
    expect(second?.is_issued).toBe(true)
    expect(facts.methods).not.toContain(first)
    expect(types(changes)).toEqual([
      'access_grant.access_to_door_lost',
      'access_method.deleted',
      'access_method.created',
    ])
  })

  test('all move with new times, and one that was deleted by hand does not come back', () => {
    const facts = factsOf(doors, [{ mode: 'code' }])
    createGrant(facts, {}, NOW, countingTools())
    deleteMethods(facts, [facts.methods[1]?.access_method_id ?? ''], NOW, countingTools(), true)
    const ends_at = '2030-02-09T00:00:00.000Z'
    updateGrant(facts, { ends_at, door_ids: facts.grant.door_ids }, NOW, countingTools())
    expect(doorsOf(facts)).toEqual([['door-0'], ['door-2']])
    expect(facts.methods.map((method) => method.ends_at)).toEqual([ends_at, ends_at])
  })
})

describe('doors that can only be given together', () => {
  // door-0 and door-3 are of one zone, door-1 stands alone.
  const doors: DoorShape[] = [0, 1, 2, 3].map((i) => ({
    provider: i === 2 ? 'group' : 'zoned',
    modes: ['card', 'cloud_key'],
    reservable: false,
  }))

  test('are refused in part, naming the zone and what would help', () => {
    const facts = factsOf(doors, [{ mode: 'card' }, { mode: 'cloud_key' }], ['door-0', 'door-1'])
    const changes = createGrant(facts, {}, NOW, countingTools())
    expect(facts.methods.map((method) => method.acs_entrance_ids)).toEqual([['door-1'], ['door-1']])
    expect(facts.grant.errors).toMatchObject([
      { error_code: 'cannot_create_requested_access_methods', missing_acs_entrance_ids: ['door-0'] },
    ])
    for (const word of ['Door 0', 'Door 3', 'Zone 0', 'Add Door 3 to the access grant'])
      expect(facts.grant.errors[0]?.message).toContain(word)
    expect(types(changes)).toContain('access_grant.could_not_create_requested_access_methods')
  })

  test('open once the rest of the zone is named, and close when it is not any more', () => {
    const facts = factsOf(doors, [{ mode: 'card' }], ['door-0'])
    createGrant(facts, {}, NOW, countingTools())
    expect(facts.methods).toEqual([])
    updateGrant(facts, { door_ids: ['door-0', 'door-3'] }, NOW, countingTools())
    expect(facts.grant.errors).toEqual([])
    expect(facts.methods.map((method) => method.acs_entrance_ids)).toEqual([['door-0', 'door-3']])
    facts.grant.granted_door_ids = ['door-0', 'door-3']
    const changes = updateGrant(facts, { door_ids: ['door-0'] }, NOW, countingTools())
    expect(facts.methods).toEqual([])
    expect(facts.grant.granted_door_ids).toEqual([])
    expect(types(changes).filter((type) => type === 'access_grant.access_to_door_lost')).toHaveLength(2)
    expect(facts.grant.errors).toHaveLength(1)
  })
})

test('a wished PIN that a system does not take is replaced there alone', () => {
  const facts = factsOf(
    [
      { provider: 'group', modes: ['code'], reservable: false },
      { provider: 'numbers', modes: ['code'], reservable: false },
    ],
    [{ mode: 'code', code: '0468' }],
  )
  createGrant(facts, {}, NOW, countingTools())
  const [own, number] = facts.credentials
  expect(own?.code).toBe('0468')
  expect(number?.code).toMatch(/^[1-9]\d*$/)
})

test('where a PIN belongs to one person, nobody else gets it, whatever the doors and times', () => {
  const facts = factsOf([{ provider: 'numbers', modes: ['code'], reservable: false }], [{ mode: 'code', code: '2468' }])
  facts.personalCodes = [{ acs_system_id: 'system-numbers', code: '2468', acs_user_id: 'somebody' }]
  createGrant(facts, {}, NOW, countingTools())
  expect(facts.credentials[0]?.code).not.toBe('2468')
  expect(facts.credentials[0]?.is_code_personal).toBe(true)
})

test('ranges are read in our form and in the form of PostgreSQL', () => {
  const window = { starts_at: '2030-02-01T15:00:00.000Z', ends_at: '2030-02-04T11:00:00.000Z' }
  expect(windowOf({ during: rangeText(window) })).toEqual(window)
  expect(windowOf({ during: '["2030-02-01 15:00:00+00","2030-02-04 11:00:00+00")' })).toEqual(window)
  expect(windowOf({ during: '["2030-02-01 15:00:00.5+00",)' })).toEqual({
    starts_at: '2030-02-01T15:00:00.500Z',
    ends_at: null,
  })
})

test('the hull of windows begins with the first and ends with the last, or never', () => {
  const a = { starts_at: '2030-01-02T00:00:00.000Z', ends_at: '2030-01-03T00:00:00.000Z' }
  const b = { starts_at: '2030-01-01T00:00:00.000Z', ends_at: null }
  expect(hull([a, b])).toEqual(b)
  expect(hull([])).toBeNull()
})

function types(changes: ChangeSet): string[] {
  return changes.events.map((event) => event.event_type)
}
