import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CardAssignment, CloudKeys } from '../kit/driver.ts'
import { TestSystem } from '../kit/testing.ts'
import { driver } from './driver.ts'

let system: TestSystem
let cards: CardAssignment
let cloud: CloudKeys

beforeEach(async () => {
  system = await TestSystem.of(driver)
  const { cardAssignment, cloudKeys } = system.connection
  if (cardAssignment === undefined || cloudKeys === undefined) throw new Error('a capability is missing')
  cards = cardAssignment
  cloud = cloudKeys
})
afterEach(() => system[Symbol.asyncDispose]())

test('doors of one zone warn of it, naming zone, doors and remedy', async () => {
  const { entrances } = await system.connection.readState(system.signal)
  const warnings = new Map(entrances.map((door) => [door.display_name, door.warnings ?? []]))
  expect(warnings.get('Main Entrance')).toEqual([])
  for (const [name, other] of [
    ['Lobby', 'Loading Dock'],
    ['Loading Dock', 'Lobby'],
  ]) {
    const [warning] = warnings.get(name ?? '') ?? []
    expect(warning?.warning_code).toBe('entrance_shares_zone')
    for (const word of ['Ground Floor', other, 'Avigilon Alta']) expect(warning?.message).toContain(word)
  }
})

test('a group takes all of a zone or nothing of it', async () => {
  const group = (entrance_ids: string[]) => system.putGroup({ reference: 'g', entrance_ids })
  await expect(group(['lobby'])).rejects.toMatchObject({ kind: 'rejected' })
  await expect(group(['lobby'])).rejects.toThrow(/Ground Floor.*Loading Dock/)
  await expect(group(['main-entrance', 'loading-dock'])).rejects.toMatchObject({ kind: 'rejected' })
  const whole = await group(['lobby', 'loading-dock'])
  const user = await system.putUser({ group_ids: [whole] })
  const { external_id } = await system.put({ reference: 'key', user_id: user, mode: 'cloud_key' })
  const unlock = (entrance_id: string) =>
    cloud.unlock({ attempt_id: system.id(), entrance_id, credential_id: external_id ?? '' }, system.signal)
  expect(await unlock('lobby')).toEqual({ was_confirmed_by_device: false })
  expect(await unlock('loading-dock')).toEqual({ was_confirmed_by_device: false })
  await expect(unlock('main-entrance')).rejects.toMatchObject({ code: 'no_access_to_entrance' })
})

test('a door whose mates were taken out has its zone for itself', async () => {
  await system.building.edit({ action: 'remove_entrance', entrance_id: 'loading-dock' })
  const { entrances } = await system.connection.readState(system.signal)
  expect(entrances.map((door) => [door.external_id, door.warnings])).toEqual([
    ['main-entrance', []],
    ['lobby', []],
  ])
  await system.putGroup({ reference: 'g', entrance_ids: ['lobby'] })
})

test('a card of the pool is assigned, opens what its holder may open, and stops with the suspension', async () => {
  const user = await system.putUser({ group_ids: ['employees'] })
  const [number = '', ...others] = await cards.freeCards(system.signal)
  expect(others).toHaveLength(9)
  const credential = await system.put({ reference: 'card', user_id: user })
  await cards.assign({ attempt_id: system.id(), card_number: number, credential }, system.signal)
  expect(await system.presentCard('lobby', number)).toBe('granted')
  await system.putUser({ external_id: user, group_ids: ['employees'], is_suspended: true })
  expect(await system.presentCard('lobby', number)).toBe('suspended')
})
