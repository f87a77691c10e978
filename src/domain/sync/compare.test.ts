import { describe, expect, test } from 'vitest'
import type { SystemDefinition } from '../../systems/kit/definition.ts'
import type { ReportedState } from '../../systems/kit/driver.ts'
import type { AcsAccessGroupRecord, AcsEncoderRecord, AcsEntranceRecord, Problem } from '../records.ts'
import { compare, isNothing } from './compare.ts'
import type { Findings, Held, HeldCredential, HeldUser } from './findings.ts'
import { DELETED_EXTERNALLY, ENCODER_REMOVED, ENTRANCE_REMOVED } from './marks.ts'

const NOW = '2030-06-01T09:00:00.000Z'

const definition: SystemDefinition = {
  provider: 'any',
  display_name: 'Any',
  system_type: 'any_system',
  system_type_display_name: 'Any system',
  family: 'group',
  modes: ['card', 'code'],
  card: 'assign',
  hasUserSchedule: false,
  onePerUser: [],
  hasStays: false,
  isReservationRequired: false,
  confirmsUnlock: false,
  types: { credential: {} },
  setup: [],
  sources: [],
}

const place = { workspace_id: 'w', acs_system_id: 's', connected_account_id: 'a' }
const settled = { is_dirty: false, dirty_since: null, retry_at: null, attempts: 0, is_deleting: false }
const marked = (error_code: string): Problem[] => [{ created_at: NOW, error_code, message: 'it is so' }]

function entrance(id: string, more: Partial<AcsEntranceRecord> = {}): AcsEntranceRecord {
  return {
    ...place,
    acs_entrance_id: `our-${id}`,
    external_id: id,
    display_name: id,
    can_unlock_with_code: true,
    can_unlock_with_card: true,
    can_unlock_with_mobile_key: false,
    can_unlock_with_cloud_key: false,
    can_belong_to_reservation: false,
    is_locked: null,
    metadata: { any_metadata: { door: id } },
    errors: [],
    warnings: [],
    created_at: NOW,
    version: 1,
    ...more,
  }
}

function encoder(id: string, more: Partial<AcsEncoderRecord> = {}): AcsEncoderRecord {
  return {
    ...place,
    acs_encoder_id: `our-${id}`,
    external_id: id,
    display_name: id,
    errors: [],
    armed_encode: null,
    armed_scan: null,
    created_at: NOW,
    version: 1,
    ...more,
  }
}

function group(id: string, doors: string[], more: Partial<AcsAccessGroupRecord> = {}): AcsAccessGroupRecord {
  const acs_entrance_ids = doors.map((door) => `our-${door}`)
  return {
    ...place,
    ...settled,
    acs_access_group_id: `our-${id}`,
    external_id: id,
    name: id,
    external_type: null,
    is_managed: false,
    managed_key: null,
    acs_entrance_ids,
    starts_at: null,
    ends_at: null,
    reported: { name: id, acs_entrance_ids, starts_at: null, ends_at: null },
    errors: [],
    warnings: [],
    created_at: NOW,
    version: 1,
    ...more,
  }
}

function user(id: string, groups: string[], more: Partial<HeldUser> = {}): HeldUser {
  const acs_access_group_ids = groups.map((one) => `our-${one}`)
  return {
    acs_user_id: `our-${id}`,
    acs_system_id: 's',
    connected_account_id: 'a',
    user_identity_id: 'somebody',
    external_id: id,
    full_name: id,
    is_suspended: false,
    acs_access_group_ids,
    is_managed: true,
    is_deleting: false,
    is_dirty: false,
    reported: { full_name: id, is_suspended: false, acs_access_group_ids },
    errors: [],
    warnings: [],
    version: 1,
    ...more,
  }
}

function credential(id: string, more: Partial<HeldCredential> = {}): HeldCredential {
  return {
    acs_credential_id: `our-${id}`,
    acs_user_id: 'our-jane',
    access_method_id: 'method',
    access_method: 'code',
    card_number: null,
    external_id: id,
    is_dirty: false,
    errors: [],
    version: 1,
    is_told: true,
    ...more,
  }
}

/** A free card of the pool. */
function card(number: string, more: Partial<HeldCredential> = {}): HeldCredential {
  return credential(`card-${number}`, {
    acs_user_id: null,
    access_method_id: null,
    access_method: 'card',
    card_number: number,
    is_told: false,
    ...more,
  })
}

interface World {
  held?: Partial<Held>
  state?: Partial<ReportedState>
  definition?: Partial<SystemDefinition>
  /** Ids of rows that were under change when the state was read, or have changed since. */
  moving?: string[]
  /** Rows that were held before the state was read and are gone now. */
  goneSince?: Partial<Record<'groups' | 'users' | 'credentials', string[]>>
}

const STATE: ReportedState = {
  entrances: ['front', 'back'].map((id) => ({
    external_id: id,
    display_name: id,
    can_unlock_with: { code: true, card: true, mobile_key: false, cloud_key: false },
    can_belong_to_reservation: false,
    is_locked: null,
    metadata: { any_metadata: { door: id } },
  })),
  encoders: [{ external_id: 'desk', display_name: 'desk' }],
  groups: [
    { external_id: 'theirs', reference: null, name: 'theirs', entrance_ids: ['front'] },
    { external_id: 'ours', reference: 'our-ours', name: 'ours', entrance_ids: ['front', 'back'] },
  ],
  users: [
    {
      external_id: 'jane',
      reference: 'our-jane',
      full_name: 'jane',
      is_suspended: false,
      group_ids: ['ours', 'theirs'],
    },
  ],
  credentials: [
    { external_id: 'pin', reference: 'our-pin', mode: 'code', user_id: 'jane', card_number: null, code: '1234' },
    { external_id: 'card-1', reference: null, mode: 'card', user_id: null, card_number: '1', code: null },
  ],
}

const HELD: Held = {
  entrances: [entrance('front'), entrance('back')],
  encoders: [encoder('desk')],
  groups: [group('theirs', ['front']), group('ours', ['front', 'back'], { is_managed: true })],
  users: [user('jane', ['ours', 'theirs'])],
  credentials: [credential('pin'), card('1')],
}

function look(world: World = {}): Findings {
  const held = { ...HELD, ...world.held }
  const rows = [
    ...held.groups.map((row) => [row.acs_access_group_id, row.version] as const),
    ...held.users.map((row) => [row.acs_user_id, row.version] as const),
    ...held.credentials.map((row) => [row.acs_credential_id, row.version] as const),
  ]
  const ids = (kind: 'groups' | 'users' | 'credentials'): Set<string> =>
    new Set([...held[kind].flatMap((row) => row.external_id ?? []), ...(world.goneSince?.[kind] ?? [])])
  let made = 0
  return compare({
    definition: { ...definition, ...world.definition },
    state: { ...STATE, ...world.state },
    held,
    before: {
      quiet: new Map(rows.filter(([id]) => world.moving?.includes(id) !== true)),
      externalIds: { groups: ids('groups'), users: ids('users'), credentials: ids('credentials') },
    },
    now: NOW,
    newId: () => `new-${++made}`,
  })
}

/** What was found, as `kind.what`. */
function names(findings: Findings): string[] {
  return Object.entries(findings).flatMap(([kind, lists]) =>
    Object.entries(lists as Record<string, unknown[]>).flatMap(([what, list]) => list.map(() => `${kind}.${what}`)),
  )
}

const [theirs, ours] = [STATE.groups[0], STATE.groups[1]] as [ReportedState['groups'][0], ReportedState['groups'][0]]
const [jane] = STATE.users as [ReportedState['users'][0]]
const [front, back] = STATE.entrances as [ReportedState['entrances'][0], ReportedState['entrances'][0]]
const [pin, free] = STATE.credentials as [ReportedState['credentials'][0], ReportedState['credentials'][0]]

test('a state that says what is held finds nothing', () => {
  expect(isNothing(look())).toBe(true)
  // Whatever the order.
  const turned = { ...ours, entrance_ids: ['back', 'front'] }
  expect(isNothing(look({ state: { groups: [turned, theirs], entrances: [back, front] } }))).toBe(true)
})

describe.each<[string, World, string[]]>([
  // Doors and encoders
  ['a new door', { state: { entrances: [front, back, { ...front, external_id: 'side' }] } }, ['entrances.added']],
  ['a renamed door', { state: { entrances: [front, { ...back, display_name: 'Rear' }] } }, ['entrances.changed']],
  [
    'a door that takes other modes',
    { state: { entrances: [front, { ...back, can_unlock_with: { ...back.can_unlock_with, code: false } }] } },
    ['entrances.changed'],
  ],
  [
    'a door with other facts',
    { state: { entrances: [front, { ...back, metadata: { any_metadata: { door: 'back', online: false } } }] } },
    ['entrances.changed'],
  ],
  [
    'a door that warns',
    { state: { entrances: [front, { ...back, warnings: [{ warning_code: 'privacy_mode', message: 'shut' }] }] } },
    ['entrances.changed'],
  ],
  [
    'a door that goes on warning',
    {
      held: {
        entrances: [
          entrance('front'),
          entrance('back', {
            warnings: [{ created_at: '2030-01-01T00:00:00.000Z', warning_code: 'privacy_mode', message: 'shut' }],
          }),
        ],
      },
      state: { entrances: [front, { ...back, warnings: [{ warning_code: 'privacy_mode', message: 'shut' }] }] },
    },
    [],
  ],
  [
    'a door that is gone',
    { state: { entrances: [front], groups: [theirs, { ...ours, entrance_ids: ['front'] }] } },
    ['entrances.removed'],
  ],
  [
    'a door that is gone for long',
    {
      held: { entrances: [entrance('front'), entrance('back', { errors: marked(ENTRANCE_REMOVED) })] },
      state: { entrances: [front], groups: [theirs, { ...ours, entrance_ids: ['front'] }] },
    },
    [],
  ],
  [
    'a door that is back',
    {
      held: { entrances: [entrance('front'), entrance('back', { errors: marked(ENTRANCE_REMOVED) })] },
      state: { groups: [theirs, { ...ours, entrance_ids: ['front'] }] },
    },
    ['entrances.back', 'groups.edited'],
  ],
  [
    'doors that the operator declares',
    { definition: { devicesAreDeclared: true }, state: { entrances: [], encoders: [] } },
    [],
  ],
  ['doors it does not tell of', { state: { entrances: undefined as never, encoders: undefined as never } }, []],
  [
    'a new encoder',
    { state: { encoders: [...STATE.encoders, { external_id: 'bar', display_name: 'Bar' }] } },
    ['encoders.added'],
  ],
  [
    'a renamed encoder',
    { state: { encoders: [{ external_id: 'desk', display_name: 'Lobby' }] } },
    ['encoders.renamed'],
  ],
  ['an encoder that is gone', { state: { encoders: [] } }, ['encoders.removed']],
  [
    'an encoder that is back',
    { held: { encoders: [encoder('desk', { errors: marked(ENCODER_REMOVED) })] } },
    ['encoders.back'],
  ],
  // Groups
  [
    'a new group of theirs',
    { state: { groups: [theirs, ours, { external_id: 'x', name: 'x', entrance_ids: [] }] } },
    ['groups.added'],
  ],
  ['a renamed group of theirs', { state: { groups: [{ ...theirs, name: 'X' }, ours] } }, ['groups.changed']],
  [
    'other doors in a group of theirs',
    { state: { groups: [{ ...theirs, entrance_ids: ['back'] }, ours] } },
    ['groups.changed'],
  ],
  [
    'a group of theirs that is gone',
    { state: { groups: [ours], users: [{ ...jane, group_ids: ['ours'] }] } },
    ['groups.gone', 'users.changed'],
  ],
  ['a renamed group of ours', { state: { groups: [theirs, { ...ours, name: 'X' }] } }, ['groups.edited']],
  [
    'other doors in a group of ours',
    { state: { groups: [theirs, { ...ours, entrance_ids: ['back'] }] } },
    ['groups.edited'],
  ],
  [
    'a group of ours that is gone',
    { state: { groups: [theirs], users: [{ ...jane, group_ids: ['theirs'] }] } },
    ['groups.missing', 'users.changed'],
  ],
  [
    'a group of ours that is under change',
    { moving: ['our-ours'], state: { groups: [theirs, { ...ours, name: 'X' }] } },
    [],
  ],
  [
    'a group of ours that is being deleted',
    { moving: ['our-ours'], state: { groups: [theirs], users: [{ ...jane, group_ids: ['theirs'] }] } },
    [],
  ],
  [
    'a group of ours that was never told',
    {
      held: {
        groups: [
          ...HELD.groups,
          group('next', ['front'], { external_id: null, reported: null, is_dirty: true, is_managed: true }),
        ],
      },
    },
    [],
  ],
  [
    'a group that bears a reference of ours without a row',
    { state: { groups: [theirs, ours, { ...ours, external_id: 'old', reference: 'deleted' }] } },
    [],
  ],
  [
    'a group whose row went while the state was read',
    { goneSince: { groups: ['old'] }, state: { groups: [theirs, ours, { ...theirs, external_id: 'old' }] } },
    [],
  ],
  [
    'a group that looks like one whose creation is in doubt',
    {
      held: {
        groups: [
          ...HELD.groups,
          group('next', ['front'], { external_id: null, reported: null, is_dirty: true, is_managed: true }),
        ],
      },
      moving: ['our-next'],
      state: { groups: [theirs, ours, { external_id: '77', name: 'next', entrance_ids: ['front'] }] },
    },
    [],
  ],
  ['groups of a system without', { definition: { family: 'credential' }, state: { groups: [] } }, []],
  // Users
  [
    'a user who is not ours',
    { state: { users: [jane, { ...jane, external_id: 'joe', reference: null, full_name: 'joe' }] } },
    ['users.added'],
  ],
  [
    'a user with a reference that nobody has',
    { state: { users: [jane, { ...jane, external_id: 'joe', reference: 'other' }] } },
    [],
  ],
  [
    'a user that looks like one whose creation is in doubt',
    {
      held: { users: [...HELD.users, user('joe', [], { external_id: null, reported: null, is_dirty: true })] },
      moving: ['our-joe'],
      state: { users: [jane, { ...jane, external_id: '78', reference: null, full_name: 'joe' }] },
    },
    [],
  ],
  ['a user who is deleted', { state: { users: [] } }, ['users.lost', 'credentials.lost']],
  [
    'a user who is deleted, with the credentials',
    { state: { users: [], credentials: [free] } },
    ['users.lost', 'credentials.lost'],
  ],
  [
    'a user who was found deleted before',
    {
      held: {
        users: [user('jane', ['ours', 'theirs'], { errors: marked(DELETED_EXTERNALLY) })],
        credentials: [credential('pin', { errors: marked(DELETED_EXTERNALLY) }), card('1')],
      },
      state: { users: [], credentials: [free] },
    },
    [],
  ],
  [
    'a user who is there again',
    {
      held: {
        users: [user('jane', ['ours', 'theirs'], { errors: marked(DELETED_EXTERNALLY) })],
        credentials: [credential('pin', { errors: marked(DELETED_EXTERNALLY) }), card('1')],
      },
    },
    ['users.back', 'credentials.back'],
  ],
  ['a user under change', { moving: ['our-jane', 'our-pin'], state: { users: [] } }, []],
  [
    'a deleted user with a credential under change',
    { moving: ['our-pin'], state: { users: [], credentials: [free] } },
    ['users.lost'],
  ],
  [
    'users of a system that keeps none',
    { definition: { keepsNoUsers: true }, state: { users: [], credentials: [] } },
    [],
  ],
  ['users it does not tell of', { state: { users: undefined as never, credentials: undefined as never } }, []],
  [
    'a found user who is gone',
    {
      held: { users: [user('jane', [], { is_managed: false, user_identity_id: null })], credentials: [card('1')] },
      state: { users: [], credentials: [free] },
    },
    ['users.gone'],
  ],
  [
    'a found user who was linked to a person',
    {
      held: { users: [user('jane', [], { is_managed: false })], credentials: [card('1')] },
      state: { users: [], credentials: [free] },
    },
    ['users.lost'],
  ],
  ['a user who is suspended', { state: { users: [{ ...jane, is_suspended: true }] } }, ['users.changed']],
  ['a user of ours with another name', { state: { users: [{ ...jane, full_name: 'Jane D.' }] } }, []],
  [
    'a user who is taken out of a group of theirs',
    { state: { users: [{ ...jane, group_ids: ['ours'] }] } },
    ['users.changed'],
  ],
  [
    'a user who is taken out of a group of ours',
    { state: { users: [{ ...jane, group_ids: ['theirs'] }] } },
    ['users.changed'],
  ],
  [
    'a user in a group that nobody knows',
    { state: { users: [{ ...jane, group_ids: ['ours', 'theirs', 'secret'] }] } },
    [],
  ],
  [
    'a user in a group under change',
    { moving: ['our-ours'], state: { users: [{ ...jane, group_ids: ['theirs'] }] } },
    [],
  ],
  // Credentials and cards
  ['a credential that is deleted', { state: { credentials: [free] } }, ['credentials.lost']],
  [
    'a credential that was found deleted before',
    {
      held: { credentials: [credential('pin', { errors: marked(DELETED_EXTERNALLY) }), card('1')] },
      state: { credentials: [free] },
    },
    [],
  ],
  ['a credential under change', { moving: ['our-pin'], state: { credentials: [free] } }, []],
  [
    'a credential that was never told',
    {
      held: { credentials: [credential('pin', { external_id: null, is_told: false }), card('1')] },
      state: { credentials: [free] },
    },
    [],
  ],
  [
    'a credential that is there under another id',
    { held: { credentials: [credential('pin', { external_id: 'formerly' }), card('1')] } },
    [],
  ],
  [
    'a new free card',
    { state: { credentials: [pin, free, { ...free, external_id: 'card-2', card_number: '2' }] } },
    ['credentials.cardsAdded'],
  ],
  ['a free card that is gone', { state: { credentials: [pin] } }, ['credentials.cardsGone']],
  [
    'a free card that somebody else got',
    { state: { credentials: [pin, { ...free, user_id: 'joe', external_id: 'k' }] } },
    ['credentials.cardsGone'],
  ],
  [
    'a free card that one of ours is getting',
    {
      held: { credentials: [credential('key', { access_method: 'card' }), card('1'), credential('pin')] },
      state: { credentials: [pin, { ...free, external_id: 'key', reference: 'our-key', user_id: 'jane' }] },
    },
    [],
  ],
  ['a free card that is being assigned', { moving: ['our-card-1'], state: { credentials: [pin] } }, []],
  [
    'a card that stands in two rows',
    { held: { credentials: [credential('pin'), card('1'), card('1', { acs_credential_id: 'our-twin' })] } },
    ['credentials.cardsGone'],
  ],
  ['a card that shows twice', { state: { credentials: [pin, free, { ...free, reference: 'our-card-1' }] } }, []],
  [
    'a card that is written otherwise',
    {
      held: { credentials: [credential('pin'), card('ab')] },
      state: { credentials: [pin, { ...free, external_id: 'card-ab', card_number: 'AB' }] },
    },
    [],
  ],
  [
    'a lost card that is free again',
    { held: { credentials: [credential('key', { access_method: 'card', card_number: '1' }), credential('pin')] } },
    ['credentials.lost', 'credentials.cardsAdded'],
  ],
  [
    'cards of a system that writes them',
    { definition: { card: 'encode' }, held: { credentials: [credential('pin')] } },
    [],
  ],
])('%s', (_name, world, expected) => {
  test(expected.length === 0 ? 'is nothing' : `is ${expected.join(', ')}`, () => {
    expect(names(look(world)).sort()).toEqual([...expected].sort())
  })
})

describe('what is found in particular', () => {
  test('groups and doors that are new are named by the ids they get', () => {
    const side = { ...front, external_id: 'side' }
    const { entrances, groups, users } = look({
      state: {
        entrances: [front, back, side],
        groups: [theirs, ours, { external_id: 'x', name: 'x', entrance_ids: ['side', 'front'] }],
        users: [{ ...jane, group_ids: ['ours', 'theirs', 'x'] }],
      },
    })
    const [door] = entrances.added
    expect(groups.added).toMatchObject([{ acs_entrance_ids: [door?.acs_entrance_id, 'our-front'] }])
    // Found in one look: the next one finds nothing.
    expect(users.changed).toMatchObject([
      { acs_access_group_ids: ['our-ours', 'our-theirs', groups.added[0]?.acs_access_group_id] },
    ])
    expect(users.changed[0]?.putBack).toBeUndefined()
  })

  test('membership: theirs is adopted, ours stays wished for', () => {
    const [out] = look({ state: { users: [{ ...jane, group_ids: [] }] } }).users.changed
    expect(out).toMatchObject({
      acs_access_group_ids: ['our-ours'],
      found_group_ids: [],
      putBack: { taken_from: ['ours'], put_into: [] },
    })
    const alone = { held: { users: [user('jane', [])] } }
    const [into] = look(alone).users.changed
    expect(into).toMatchObject({
      acs_access_group_ids: ['our-theirs'],
      found_group_ids: ['our-ours', 'our-theirs'],
      putBack: { taken_from: [], put_into: ['ours'] },
    })
  })

  test('a door that comes back is put back into groups of ours without suspecting anybody', () => {
    const held = { entrances: [entrance('front'), entrance('back', { errors: marked(ENTRANCE_REMOVED) })] }
    const edited = (entrance_ids: string[]) =>
      look({ held, state: { groups: [theirs, { ...ours, entrance_ids }] } }).groups.edited
    expect(edited(['front'])).toMatchObject([{ isOurs: true }])
    expect(edited([])).toMatchObject([{ isOurs: false }])
  })

  test('facts of a door are laid over those that are kept', () => {
    const kept = entrance('back', { metadata: { any_metadata: { door: 'back' }, note: 'ours' } })
    const { entrances } = look({ held: { entrances: [entrance('front'), kept] } })
    expect(entrances.changed).toEqual([])
  })
})
