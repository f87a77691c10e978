import { expect, test } from 'vitest'
import type { SystemDefinition } from '../systems/kit/definition.ts'
import { defaultsToSet, managerOf, managersFor, missingManager, type ConnectedSystem } from './credential-managers.ts'

const definitions = {
  hotel: { display_name: 'Hotel', system_type: 'hotel', credentialManagers: ['carrier', 'other_carrier'] },
  house: { display_name: 'House', system_type: 'house' },
  carrier: { system_type: 'carrier', isCredentialManager: true },
  other: { system_type: 'other_carrier', isCredentialManager: true },
  stranger: { system_type: 'stranger', isCredentialManager: true },
} as unknown as Record<string, SystemDefinition>
const definitionOf = (provider: string): SystemDefinition => {
  const definition = definitions[provider]
  if (definition === undefined) throw new Error(provider)
  return definition
}

function system(acs_system_id: string, provider: string, chosen: string | null = null): ConnectedSystem {
  return { acs_system_id, provider, default_credential_manager_acs_system_id: chosen }
}

const hotel = system('h', 'hotel')
const [one, two, other, stranger] = [
  system('1', 'carrier'),
  system('2', 'carrier'),
  system('o', 'other'),
  system('s', 'stranger'),
]

test('managers of any type that the system names can carry its keys', () => {
  const found = managersFor(definitionOf('hotel'), [hotel, stranger, one, other], definitionOf)
  expect(found).toEqual([one, other])
  expect(managersFor(definitionOf('house'), [one], definitionOf)).toEqual([])
})

test.each([
  ['the only one that is connected', hotel, [hotel, one, stranger], { acs_system_id: '1' }],
  ['the one that was chosen', system('h', 'hotel', '2'), [one, two], { acs_system_id: '2' }],
  ['the only one left of those chosen and gone', system('h', 'hotel', 'gone'), [one], { acs_system_id: '1' }],
  ['none: none is connected', hotel, [hotel, stranger], { missing: 'none_connected' }],
  ['none: there are several', hotel, [one, other], { missing: 'none_chosen' }],
  ['none: the chosen one is of another kind', system('h', 'hotel', 's'), [stranger], { missing: 'none_connected' }],
])('%s', (_, asking, systems, choice) => {
  expect(managerOf(asking, systems, definitionOf)).toEqual(choice)
})

test.each([
  ['exactly one can serve', [hotel, one], [['h', '1']]],
  ['whatever came first', [one, hotel], [['h', '1']]],
  [
    'several systems',
    [hotel, one, system('h2', 'hotel')],
    [
      ['h', '1'],
      ['h2', '1'],
    ],
  ],
  ['none', [hotel, stranger], []],
  ['two', [hotel, one, two], []],
  ['one is chosen already', [system('h', 'hotel', '1'), one, two], []],
  ['the chosen one is gone, one is left', [system('h', 'hotel', 'gone'), two], [['h', '2']]],
  ['the chosen one is gone, two are left', [system('h', 'hotel', 'gone'), one, two], [['h', null]]],
  ['a system that needs none', [system('house', 'house'), one], []],
])('the default: %s', (_, systems, set) => {
  const found = defaultsToSet(systems, definitionOf).map((each) => [
    each.system.acs_system_id,
    each.default_credential_manager_acs_system_id,
  ])
  expect(found).toEqual(set)
})

test('what is missing is told with what to do', () => {
  expect(missingManager(definitionOf('hotel'), 'none_connected')).toBe(
    'Mobile keys of Hotel reach phones through a credential manager, and none is connected to this workspace. Connect one of the type carrier or other_carrier',
  )
  expect(missingManager(definitionOf('hotel'), 'none_chosen')).toContain('Disconnect those that are not used')
})
