// A grant that gains its first guest door on a system becomes a stay there: its card ends others, and is ended.
import { expect, test } from 'vitest'
import { startTestServer } from '../support/server.ts'

test('a card that was for common doors alone and gets a room is a guest card', async () => {
  await using server = await startTestServer({ frozenAt: '2030-06-01T09:00:00.000Z' })
  const room = await server.entrance('dormakaba_ambiance', 'Room 103')
  const cardOf = async (access_grant_id: string): Promise<string> => {
    const { access_methods } = await server.ok('/access_methods/list', { access_grant_id })
    const acs_encoder_id = await server.encoder('dormakaba_ambiance')
    const [{ access_method_id }] = access_methods as [{ access_method_id: string }]
    const { action_attempt } = await server.ok('/access_methods/encode', { access_method_id, acs_encoder_id })
    await server.settle()
    const { action_attempt_id } = action_attempt
    const done = await server.ok('/action_attempts/get', { action_attempt_id })
    return done['action_attempt'].result.card_number as string
  }
  const grant = async (reservation_key: string, acs_entrance_ids: string[]): Promise<string> => {
    const { access_grant } = await server.ok('/access_grants/create', {
      user_identity: { full_name: `Guest of ${reservation_key}` },
      acs_entrance_ids,
      requested_access_methods: [{ mode: 'card' }],
      reservation_key,
    })
    await server.settle()
    return access_grant.access_grant_id as string
  }
  const show = async (card_number: string): Promise<string> =>
    (await server.ok('/sandbox/doors/present_card', { acs_entrance_id: room, card_number }))['door_attempt'].reason

  const lobby = await server.entrance('dormakaba_ambiance', 'Lobby')
  const first = await grant('first', [lobby, await server.entrance('dormakaba_community', 'Unit 102')])
  await server.ok('/access_grants/update', { access_grant_id: first, acs_entrance_ids: [room] })
  await server.settle()
  const old = await cardOf(first)
  const next = await cardOf(await grant('second', [room]))
  const seen: string[] = []
  for (const card of [old, next, old, next]) seen.push(await show(card))
  expect(seen).toEqual(['granted', 'granted', 'overridden', 'granted'])
})
