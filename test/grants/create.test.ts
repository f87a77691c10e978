// Creating access grants: what the reply holds, what follows, and what cannot be.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const stay = { starts_at: '2040-08-01T15:00:00.000Z', ends_at: '2040-08-04T11:00:00.000Z' }
let people = 0
const person = (): object => ({ full_name: `Jane Doe ${++people}`, email_address: `jane${people}@example.com` })

async function eventTypes(accessGrantId: string): Promise<string[]> {
  const { events } = await server.ok('/events/list', { since: '2020-01-01T00:00:00Z', access_grant_id: accessGrantId })
  return (events as { event_type: string }[]).map((event) => event.event_type)
}

describe('a grant of two doors with card and mobile key', () => {
  test('answers with its methods, its link, and the events of the documented order', async () => {
    const doors = [
      await server.entrance('salto_space', 'Main Entrance'),
      await server.entrance('salto_space', 'Room 101'),
    ]
    const { access_grant: grant } = await server.ok('/access_grants/create', {
      user_identity: person(),
      acs_entrance_ids: doors,
      requested_access_methods: [{ mode: 'card' }, { mode: 'mobile_key' }],
      ...stay,
    })
    expect(grant).toMatchObject({ ...stay, name: null, errors: [], warnings: [], pending_mutations: [], space_ids: [] })
    expect(grant.access_method_ids).toHaveLength(2)
    expect(grant.requested_access_methods).toMatchObject([
      { mode: 'card', display_name: 'Plastic Card', created_access_method_ids: [grant.access_method_ids[0]] },
      { mode: 'mobile_key', display_name: 'Mobile Key', created_access_method_ids: [grant.access_method_ids[1]] },
    ])
    expect(grant.instant_key_url).toMatch(new RegExp(`^${server.url}/ik/[A-Z2-9]{10}$`))
    expect(grant.client_session_token).toMatch(/^seam_cst1/)

    await server.settle()
    const types = await eventTypes(grant.access_grant_id)
    expect(types.slice(0, 3)).toEqual(['access_grant.created', 'access_method.created', 'access_method.created'])
    expect(types.filter((type) => type === 'access_grant.access_granted_to_door')).toHaveLength(2)
    expect(types).toContain('access_grant.access_granted_to_all_doors')
    expect(types).toContain('access_method.card_encoding_required')
    expect(types.at(-1)).toBe('access_method.issued')

    const [cardId, keyId] = grant.access_method_ids as string[]
    const { access_method: card } = await server.ok('/access_methods/get', { access_method_id: cardId })
    expect(card).toMatchObject({
      mode: 'card',
      is_issued: false,
      issued_at: null,
      is_encoding_required: true,
      is_card_encoding_required: true,
      is_ready_for_encoding: true,
      is_assignment_required: false,
    })
    const { access_method: key } = await server.ok('/access_methods/get', { access_method_id: keyId })
    expect(key).toMatchObject({ mode: 'mobile_key', is_issued: true, instant_key_url: grant.instant_key_url })
    expect(key.client_session_id).toMatch(/^[0-9a-f-]{36}$/)
  })
})
