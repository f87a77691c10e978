import { expect, test } from 'vitest'
import { TestSystem } from '../kit/testing.ts'
import { driver } from './driver.ts'

test('keeps users and their groups, and no credentials of any kind', async () => {
  await using system = await TestSystem.of(driver)
  const user_id = await system.putUser({ reference: 'ann', group_ids: ['members'] })
  const own = await system.putGroup({ reference: 'own', entrance_ids: ['office'] })
  await system.putUser({ reference: 'ann', external_id: user_id, group_ids: [own], is_suspended: true })
  const { users, groups, entrances } = await system.connection.readState(system.signal)
  expect(users).toMatchObject([{ reference: 'ann', group_ids: [own], is_suspended: true }])
  expect(groups.map((group) => group.name)).toEqual(['Members', 'own'])
  expect(entrances.flatMap((door) => Object.values(door.can_unlock_with))).not.toContain(true)
  for (const mode of ['code', 'card', 'mobile_key', 'cloud_key'] as const) {
    const credential = system.put({ reference: mode, user_id, mode })
    await expect(credential, mode).rejects.toMatchObject({ kind: 'unsupported' })
  }
})
