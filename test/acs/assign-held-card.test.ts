// A registered card belongs to one access method at a time, whoever holds it (core.md 7.5).
import { expect, test } from 'vitest'
import { startTestServer } from '../support/server.ts'

test.each(['salto_ks', 'brivo', 'avigilon_alta', 'pti'])(
  '%s: a card that stands on another access method is not assigned again, not even to the same person',
  async (provider) => {
    await using server = await startTestServer({ frozenAt: '2030-03-04T12:00:00.000Z' })
    const acs_system_id = await server.systemOf(provider)
    const { acs_entrances } = await server.ok('/acs/entrances/list', { acs_system_id })
    const entrances: string[] = acs_entrances.map((one: { acs_entrance_id: string }) => one.acs_entrance_id)
    const { user_identity } = await server.ok('/user_identities/create', { full_name: 'Member' })
    const { cards } = await server.ok('/sandbox/cards/list', { acs_system_id })
    const { card_number } = cards[0]
    const assign = async (acs_entrance_ids: string[]) => {
      const { access_grant } = await server.ok('/access_grants/create', {
        user_identity_id: user_identity.user_identity_id,
        acs_entrance_ids,
        requested_access_methods: [{ mode: 'card' }],
      })
      await server.settle()
      const { action_attempt } = await server.ok('/access_methods/assign_card', {
        access_method_id: access_grant.access_method_ids[0],
        card_number,
      })
      await server.settle()
      const { action_attempt_id } = action_attempt
      return { access_grant, ended: (await server.ok('/action_attempts/get', { action_attempt_id }))['action_attempt'] }
    }
    const first = await assign(entrances)
    expect(first.ended).toMatchObject({ status: 'success' })
    const second = await assign(entrances)
    expect(second.ended).toMatchObject({ status: 'error', error: { type: 'credential_not_found' } })
    await server.ok('/access_grants/delete', { access_grant_id: second.access_grant.access_grant_id })
    await server.settle()
    const { door_attempt } = await server.ok('/sandbox/doors/present_card', {
      acs_entrance_id: entrances[0],
      card_number,
    })
    expect(door_attempt).toMatchObject({ opened: true })
  },
)

// Deleted after the assignment, the earlier credential would take the card along (found by the oracle: seed 11, history 283).
test.each(
  ['salto_ks', 'brivo', 'avigilon_alta', 'pti'].flatMap((provider) =>
    ['the same person', 'somebody else'].map((next) => [provider, next] as const),
  ),
)('%s: a card whose deletion was not heard yet goes back first, and then to %s', async (provider, next) => {
  await using server = await startTestServer({ frozenAt: '2030-03-04T12:00:00.000Z' })
  const acs_system_id = await server.systemOf(provider)
  const { acs_entrances } = await server.ok('/acs/entrances/list', { acs_system_id })
  const entrances: string[] = acs_entrances.map((one: { acs_entrance_id: string }) => one.acs_entrance_id)
  const person = async (full_name: string): Promise<string> =>
    (await server.ok('/user_identities/create', { full_name })).user_identity.user_identity_id
  const first = await person('First')
  const second = next === 'the same person' ? first : await person('Second')
  const [{ card_number }] = (await server.ok('/sandbox/cards/list', { acs_system_id })).cards
  const grantCard = async (user_identity_id: string) => {
    const { access_grant } = await server.ok('/access_grants/create', {
      user_identity_id,
      acs_entrance_ids: entrances,
      requested_access_methods: [{ mode: 'card' }],
    })
    await server.settle()
    const { access_grant_id, access_method_ids } = access_grant
    return { access_grant_id, access_method_id: access_method_ids[0] }
  }
  const assign = async (access_method_id: string) => {
    const { action_attempt } = await server.ok('/access_methods/assign_card', { access_method_id, card_number })
    await server.settle()
    const { action_attempt_id } = action_attempt
    return (await server.ok('/action_attempts/get', { action_attempt_id }))['action_attempt']
  }
  const fault = (fault: object) => server.ok('/sandbox/systems/set_fault', { acs_system_id, ...fault })

  const old = await grantCard(first)
  const anew = await grantCard(second)
  expect(await assign(old.access_method_id)).toMatchObject({ status: 'success' })
  // The deletion is tried again later; what is asked meanwhile is answered.
  await fault({ fault: 'offline', times: 1 })
  await server.ok('/access_grants/delete', { access_grant_id: old.access_grant_id })
  await server.settle()
  // While the system does not answer, the card is nobody's to give.
  await fault({ fault: 'offline', times: 1 })
  expect(await assign(anew.access_method_id)).toMatchObject({
    status: 'error',
    error: { type: 'uncategorized_error', message: expect.stringContaining('has not confirmed that yet') },
  })
  expect(await assign(anew.access_method_id)).toMatchObject({ status: 'success' })
  for (const to of ['2030-03-04T12:00:00.001Z', '2030-03-04T14:00:00.000Z']) {
    await server.advance(to)
    await server.settle()
    const shown = { acs_entrance_id: entrances[0], card_number }
    const { door_attempt } = await server.ok('/sandbox/doors/present_card', shown)
    expect(door_attempt).toMatchObject({ opened: true })
  }
})
