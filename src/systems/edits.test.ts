// What an operator does in the maker's own software, on the virtual building of every system in the registry.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { carriesDoors, type CredentialMode } from './kit/definition.ts'
import type { DesiredCredential, ReportedEntrance, ReportedState } from './kit/driver.ts'
import { credentialWish, TestSystem } from './kit/testing.ts'
import { driverOf, drivers } from './registry.ts'

const withUsers = [...drivers.keys()].filter((provider) => {
  const { keepsNoUsers, isCredentialManager, modes } = driverOf(provider).definition
  return keepsNoUsers !== true && isCredentialManager !== true && modes.length > 0
})

test('most systems keep users', () => expect(withUsers.length).toBeGreaterThanOrEqual(2))

describe.each(withUsers)('%s', (provider) => {
  const driver = driverOf(provider)
  const { definition } = driver
  const [mode = 'card'] = definition.modes.filter((one) => one !== 'card')
  let system: TestSystem

  beforeEach(async () => {
    system = await TestSystem.of(driver)
  })
  afterEach(() => system[Symbol.asyncDispose]())

  const state = (): Promise<ReportedState> => system.connection.readState(system.signal)

  /** A person with a credential for a door. */
  async function person(): Promise<{ user_id: string; credential: DesiredCredential; door: string }> {
    const { entrances, groups } = await state()
    const doors = entrances.filter((one: ReportedEntrance) => one.can_unlock_with[mode])
    const group = carriesDoors(definition)
      ? undefined
      : groups.find((one) => one.entrance_ids.some((id) => doors.some((door) => door.external_id === id)))
    const door = doors.find((one) => group?.entrance_ids.includes(one.external_id) !== false) ?? doors[0]
    const door_id = door?.external_id ?? ''
    const user_id = await system.putUser({ group_ids: group === undefined ? [] : [group.external_id] })
    const entrance_ids = carriesDoors(definition) ? [door_id] : []
    const stay = definition.hasStays ? { key: 'stay' } : null
    const credential = await system.put(credentialWish({ reference: 'one', user_id, mode, entrance_ids, stay }))
    return { user_id, credential, door: door_id }
  }

  const shown = async (door: string, credential: DesiredCredential): Promise<string | null> => {
    if (credential.mode === 'mobile_key') {
      const request = { entrance_id: door, credential_references: [credential.reference] }
      return (await system.building.presentMobileKeys(request)).reason
    }
    if (credential.mode !== 'code') return null
    return (await system.building.enterCode({ entrance_id: door, code: credential.code ?? '' })).reason
  }

  test('a user is deleted with its credentials, and what it opened it opens no more', async () => {
    const { user_id, credential, door } = await person()
    expect([null, 'granted']).toContain(await shown(door, credential))
    await system.building.edit({ action: 'delete_user', user_id })
    const { users, credentials } = await state()
    expect(users.map((user) => user.external_id)).not.toContain(user_id)
    expect(credentials.map((one) => one.external_id)).not.toContain(credential.external_id)
    expect([null, 'revoked']).toContain(await shown(door, credential))
    await expect(system.building.edit({ action: 'delete_user', user_id })).rejects.toMatchObject({ kind: 'not_found' })
    await expect(system.building.edit({ action: 'suspend_user', user_id })).rejects.toMatchObject({ kind: 'not_found' })
  })

  test('a suspended user stays outside until the suspension is lifted', async () => {
    const { user_id, credential, door } = await person()
    await system.building.edit({ action: 'suspend_user', user_id })
    expect((await state()).users).toContainEqual(expect.objectContaining({ external_id: user_id, is_suspended: true }))
    expect([null, 'suspended']).toContain(await shown(door, credential))
    await system.building.edit({ action: 'unsuspend_user', user_id })
    expect([null, 'granted']).toContain(await shown(door, credential))
  })

  test('a deleted credential is gone, its user stays', async () => {
    const { user_id, credential, door } = await person()
    const credential_id = credential.external_id ?? ''
    await system.building.edit({ action: 'delete_credential', credential_id })
    const { users, credentials } = await state()
    expect(users.map((user) => user.external_id)).toContain(user_id)
    expect(credentials.map((one) => one.external_id)).not.toContain(credential_id)
    expect([null, 'revoked']).toContain(await shown(door, credential))
    const again = system.building.edit({ action: 'delete_credential', credential_id })
    await expect(again).rejects.toMatchObject({ kind: 'not_found' })
    // Not to be had back by asking: it needs a new one.
    await expect(system.put(credential)).rejects.toMatchObject({ kind: 'not_found' })
  })

  test.runIf(definition.family === 'group')('groups are renamed, get other doors, lose people, and go', async () => {
    const { user_id } = await person()
    const { groups, entrances } = await state()
    const group_id = groups[0]?.external_id ?? ''
    const entrance_ids = entrances.slice(-1).map((door) => door.external_id)
    await system.building.edit({ action: 'rename_group', group_id, name: 'Renamed' })
    await system.building.edit({ action: 'set_group_entrances', group_id, entrance_ids })
    await system.building.edit({ action: 'add_user_to_group', user_id, group_id })
    await system.building.edit({ action: 'add_user_to_group', user_id, group_id })
    const after = await state()
    expect(after.groups.find((group) => group.external_id === group_id)).toMatchObject({
      name: 'Renamed',
      entrance_ids,
    })
    expect(
      after.users.find((user) => user.external_id === user_id)?.group_ids.filter((id) => id === group_id),
    ).toHaveLength(1)
    await system.building.edit({ action: 'remove_user_from_group', user_id, group_id })
    expect((await state()).users.find((user) => user.external_id === user_id)?.group_ids).not.toContain(group_id)
    await system.building.edit({ action: 'add_user_to_group', user_id, group_id })
    await system.building.edit({ action: 'delete_group', group_id })
    const gone = await state()
    expect(gone.groups.map((group) => group.external_id)).not.toContain(group_id)
    expect(gone.users.find((user) => user.external_id === user_id)?.group_ids).not.toContain(group_id)
    const unknown = { action: 'set_group_entrances', group_id: groups[1]?.external_id ?? '' } as const
    const refused = system.building.edit({ ...unknown, entrance_ids: ['nowhere'] })
    await expect(refused).rejects.toMatchObject({ kind: 'not_found' })
  })

  test('encoders and doors are taken out and put back', async () => {
    const { entrances, encoders } = await state()
    const [door, encoder] = [entrances[0]?.external_id ?? '', encoders[0]?.external_id]
    await system.building.edit({ action: 'remove_entrance', entrance_id: door })
    if (encoder !== undefined) await system.building.edit({ action: 'remove_encoder', encoder_id: encoder })
    const without = await state()
    expect(without.entrances.map((one) => one.external_id)).not.toContain(door)
    expect(without.encoders.map((one) => one.external_id)).not.toContain(encoder)
    expect(without.groups.flatMap((group) => group.entrance_ids)).not.toContain(door)
    if (encoder !== undefined && definition.card === 'encode') {
      const { user_id } = await person()
      const entrance_ids =
        definition.family === 'credential' ? without.entrances.slice(0, 1).map((one) => one.external_id) : []
      const card = await system.put(credentialWish({ reference: 'card', user_id, mode: 'card', entrance_ids }))
      await expect(system.encode(card, encoder)).rejects.toMatchObject({ code: 'encoder_not_online' })
    }
    await system.building.edit({ action: 'restore_entrance', entrance_id: door })
    if (encoder !== undefined) await system.building.edit({ action: 'restore_encoder', encoder_id: encoder })
    const back = await state()
    expect(back.entrances).toEqual(entrances)
    expect(back.encoders).toEqual(encoders)
    const nowhere = system.building.edit({ action: 'remove_entrance', entrance_id: 'nowhere' })
    await expect(nowhere).rejects.toMatchObject({ kind: 'not_found' })
  })

  test('a door that is cut off from its system opens for nobody; one without a network cannot be', async () => {
    const { credential, door } = await person()
    let isOnline = true
    try {
      await system.building.setDoor({ entrance_id: door, is_online: false })
    } catch (error) {
      expect(error).toMatchObject({ kind: 'unsupported' })
      isOnline = false
    }
    expect([null, isOnline ? 'entrance_offline' : 'granted']).toContain(await shown(door, credential))
    await system.building.setDoor({ entrance_id: door, is_online: true })
    expect([null, 'granted']).toContain(await shown(door, credential))
  })

  test('privacy mode keeps guests outside', async () => {
    const { credential, door } = await person()
    await system.building.setDoor({ entrance_id: door, privacy_mode: true })
    expect([null, 'privacy_mode']).toContain(await shown(door, credential))
    await system.building.setDoor({ entrance_id: door, privacy_mode: false })
    expect([null, 'granted']).toContain(await shown(door, credential))
  })
})

test('salto ks: privacy mode stops PINs and remote opening, a tag opens, and the door says so', async () => {
  await using system = await TestSystem.of(driverOf('salto_ks'))
  const { groups } = await system.connection.readState(system.signal)
  const user_id = await system.putUser({ group_ids: groups.map((group) => group.external_id) })
  const put = (mode: CredentialMode, card_number: string | null = null) =>
    system.put(credentialWish({ reference: mode, user_id, mode, card_number }))
  const [pin, cloud] = [await put('code'), await put('cloud_key')]
  await put('card', '20250001')
  const request = { attempt_id: 'open', entrance_id: 'office', credential_id: cloud.external_id ?? '' }
  const unlock = () => system.connection.cloudKeys?.unlock(request, system.signal)
  await system.building.setDoor({ entrance_id: 'office', privacy_mode: true })
  expect((await system.building.enterCode({ entrance_id: 'office', code: pin.code ?? '' })).reason).toBe('privacy_mode')
  await expect(unlock()).rejects.toThrow(/privacy mode/)
  expect(await system.presentCard('office', '20250001')).toBe('granted')
  const { entrances } = await system.connection.readState(system.signal)
  const office = entrances.find((door) => door.external_id === 'office')
  expect(office?.metadata).toMatchObject({ salto_ks_metadata: { privacy_mode: true, online: true } })
  expect(office?.warnings?.map((one) => one.warning_code)).toEqual(['privacy_mode', 'salto_ks_privacy_mode'])
  await system.building.setDoor({ entrance_id: 'office', privacy_mode: false, is_online: false })
  await expect(unlock()).rejects.toThrow(/offline/)
  expect(await system.presentCard('office', '20250001')).toBe('entrance_offline')
})

test('visionline: privacy mode keeps guests outside and lets staff in', async () => {
  await using system = await TestSystem.of(driverOf('visionline'))
  const user_id = await system.putUser()
  const card = async (reference: string, stay: { key: string } | null) => {
    const wish = { reference, user_id, mode: 'card' as const, entrance_ids: ['room-101'], stay }
    return system.encode(await system.put(credentialWish(wish)), 'Front Desk')
  }
  const [guest, staff] = [await card('guest', { key: 'stay' }), await card('staff', null)]
  await system.building.setDoor({ entrance_id: 'room-101', privacy_mode: true })
  expect(await system.presentCard('room-101', guest)).toBe('privacy_mode')
  expect(await system.presentCard('room-101', staff)).toBe('granted')
  // The lock has no network: nobody else learns of it.
  const { entrances } = await system.connection.readState(system.signal)
  expect(entrances.every((door) => (door.warnings ?? []).length === 0)).toBe(true)
})
