import { describe, expect, test } from 'vitest'
import type { SystemDefinition } from '../../systems/kit/definition.ts'
import type { AcsCredentialRecord, AcsEntranceRecord } from '../records.ts'
import { planStay, type StayFacts, type StayWishes } from './stay.ts'

const definition = { metadataKey: 'maker_metadata' } as unknown as SystemDefinition
const room = { acs_entrance_id: 'room', can_belong_to_reservation: true } as AcsEntranceRecord
const lobby = { acs_entrance_id: 'lobby', can_belong_to_reservation: false } as AcsEntranceRecord

function credential(id: string, fields: Partial<AcsCredentialRecord> = {}): AcsCredentialRecord {
  const standing = {
    acs_system_id: 'system',
    acs_entrance_ids: ['room', 'lobby'],
    stay_key: 'old',
    is_deleting: false,
    ends_at: null,
  }
  return {
    acs_credential_id: id,
    metadata: {},
    created_at: '2025-08-01',
    ...standing,
    ...fields,
  } as AcsCredentialRecord
}

function plan(wishes: StayWishes, standing: AcsCredentialRecord[] = [], doors = [room, lobby], more: object = {}) {
  const facts: StayFacts = {
    definition: { ...definition, ...more },
    acs_system_id: 'system',
    doors,
    joined: new Map(standing.map((one) => [one.acs_credential_id, one])),
    onDoors: standing,
    now: '2025-08-02',
    newKey: () => 'new',
  }
  return planStay(wishes, facts)
}

test('an override opens a new stay whatever stands on the doors', () => {
  expect(plan({ override: true }, [credential('a')])).toEqual({ stay_key: 'new' })
  expect(plan({ is_override_key: true }, [credential('a')])).toEqual({ stay_key: 'new' })
})

test('a joiner shares the stay of what it joins', () => {
  expect(plan({ joiner_acs_credential_ids: ['A'] }, [credential('a')])).toEqual({ stay_key: 'old' })
  expect(plan({ override: false, joiners: ['a'] }, [credential('a')])).toEqual({ stay_key: 'old' })
})

test('left to the doors, a stay that stands there is joined', () => {
  expect(plan({ auto_join: true }, [credential('a')])).toEqual({ stay_key: 'old' })
  expect(plan({}, [credential('a', { stay_key: 'older', created_at: '2025-07-01' }), credential('b')])).toEqual({
    stay_key: 'old',
  })
})

test.each([
  ['has ended', { ends_at: '2025-08-02' }],
  ['was overridden', { metadata: { maker_metadata: { is_valid: false } } }],
  ['is being deleted', { is_deleting: true }],
  ['is for staff', { stay_key: null }],
  ['shares common doors alone', { acs_entrance_ids: ['lobby'] }],
])('left to the doors, a credential that %s is not joined', (_, fields) => {
  expect(plan({ auto_join: true }, [credential('a', fields)])).toEqual({ stay_key: 'new' })
})

test('staff carry no stay', () => {
  expect(plan({ card_function_type: 'staff', override: true })).toEqual({ stay_key: null })
})

test.each([
  ['neither override nor joiners', { override: false }, []],
  ['joiners with an override', { override: true, joiner_acs_credential_ids: ['a'] }, [credential('a')]],
  ['an unknown joiner', { joiner_acs_credential_ids: ['b'] }, [credential('a')]],
  ['a joiner of another system', { joiner_acs_credential_ids: ['a'] }, [credential('a', { acs_system_id: 'other' })]],
  [
    'joiners of two stays',
    { joiner_acs_credential_ids: ['a', 'b'] },
    [credential('a'), credential('b', { stay_key: 'other' })],
  ],
  [
    'a guest door that the joined do not open',
    { joiner_acs_credential_ids: ['a'] },
    [credential('a', { acs_entrance_ids: ['lobby'] })],
  ],
])('%s cannot be', (_, wishes, standing) => {
  expect(plan(wishes, standing)).toMatchObject({
    field: expect.any(String) as string,
    message: expect.any(String) as string,
  })
})

describe('where each guest door overrides or joins on its own', () => {
  const other = {
    acs_entrance_id: 'other',
    display_name: 'Other',
    can_belong_to_reservation: true,
  } as AcsEntranceRecord
  const byDoor = (wishes: StayWishes, standing: AcsCredentialRecord[] = [], doors = [room, other, lobby]) =>
    plan(wishes, standing, doors, { hasStaysByDoor: true })
  const atRoom = credential('a', { acs_entrance_ids: ['room', 'lobby'] })
  const atOther = credential('b', { acs_entrance_ids: ['other'], stay_key: 'others' })

  test.each([
    ['all are overridden', { override_all_guest_acs_entrances: true }, { stay_key: 'new' }],
    ['the whole overrides', { override: true }, { stay_key: 'new' }],
    ['all are joined', { join_all_guest_acs_entrances: true }, { stay_key: 'old', stay_keys: { other: 'others' } }],
    ['the doors decide', { auto_join: true }, { stay_key: 'old', stay_keys: { other: 'others' } }],
    ['nothing is wished', {}, { stay_key: 'old', stay_keys: { other: 'others' } }],
    ['no override', { override: false }, { stay_key: 'old', stay_keys: { other: 'others' } }],
    [
      'one is overridden, in any case',
      { override_guest_acs_entrance_ids: ['ROOM'] },
      { stay_key: 'new', stay_keys: { other: 'others' } },
    ],
    ['both are overridden', { override_guest_acs_entrance_ids: ['room', 'other'] }, { stay_key: 'new' }],
  ])('%s', (_, wishes, planned) => {
    expect(byDoor(wishes, [atRoom, atOther])).toEqual(planned)
  })

  test('an empty room begins a stay, beside one that is joined', () => {
    expect(byDoor({ auto_join: true }, [atRoom])).toEqual({ stay_key: 'new', stay_keys: { room: 'old' } })
  })

  test('a credential that joined at one door is joined there, and where it began at the other', () => {
    const mixed = credential('m', {
      acs_entrance_ids: ['room', 'other'],
      stay_key: 'mixed',
      metadata: { stay_keys: { other: 'others' } },
    })
    expect(byDoor({}, [mixed])).toEqual({ stay_key: 'mixed', stay_keys: { other: 'others' } })
  })

  test('common doors alone carry no stay', () => {
    expect(byDoor({}, [atRoom], [lobby])).toEqual({ stay_key: null })
  })

  test.each([
    ['joined and overridden', { join_all_guest_acs_entrances: true, override_all_guest_acs_entrances: true }],
    ['joined, and one overridden', { join_all_guest_acs_entrances: true, override_guest_acs_entrance_ids: ['room'] }],
    ['left to the doors, and overridden', { auto_join: true, override: true }],
    ['left to the doors, and joined', { auto_join: true, join_all_guest_acs_entrances: true }],
    ['a door of somebody else', { override_guest_acs_entrance_ids: ['elsewhere'] }],
    ['a common door', { override_guest_acs_entrance_ids: ['lobby'] }],
    ['an empty room to join', { join_all_guest_acs_entrances: true }],
  ])('%s cannot be', (_, wishes) => {
    expect(byDoor(wishes, [atRoom])).toMatchObject({ field: expect.any(String) as string })
  })
})
