// What /connected_accounts/list_providers says of each kind of system is what the operations do.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type Reply, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

type Mode = 'card' | 'code' | 'mobile_key' | 'cloud_key'

interface Facts {
  provider: string
  external_type: string
  access_methods: Mode[]
  entrances_on_credentials: 'none' | 'optional' | 'required'
  has_access_groups: boolean
  has_user_schedules: boolean
  card_issuance: 'encode' | 'assign' | null
  takes_custom_codes: boolean
  card_wishes: Record<'unknown_card' | 'further_card' | 'override' | 'auto_join', object | null>
}

let made = 0

async function userOf(acs_system_id: string): Promise<string> {
  made += 1
  const { acs_user } = await server.ok('/acs/users/create', {
    acs_system_id,
    full_name: `Person ${String(made)}`,
    email_address: `person-${String(made)}@example.com`,
  })
  return acs_user.acs_user_id as string
}

const faultsOf = (reply: Reply): string =>
  JSON.stringify(reply.body['error']?.validation_errors ?? reply.body['error'] ?? {})

test('the facts of every provider are what its systems do', { timeout: 300_000 }, async () => {
  const { providers } = (await server.ok('/connected_accounts/list_providers')) as unknown as { providers: Facts[] }
  let looked = 0
  for (const facts of providers.filter(({ access_methods }) => access_methods.length > 0)) {
    const { provider } = facts
    const acs_system_id = await server.systemOf(provider)
    const { acs_entrances } = await server.ok('/acs/entrances/list', { acs_system_id })
    const create = async (access_method: Mode, more: object, acs_user_id?: string) =>
      server.post('/acs/credentials/create', {
        acs_user_id: acs_user_id ?? (await userOf(acs_system_id)),
        access_method,
        ...(access_method === 'mobile_key' ? { is_multi_phone_sync_credential: true } : {}),
        ...more,
      })
    const doorsOf = (mode: Mode): string[] =>
      acs_entrances
        .filter((door: Record<string, unknown>) => door[`can_unlock_with_${mode}`] === true)
        .slice(0, 1)
        .map((door: { acs_entrance_id: string }) => door.acs_entrance_id)
    const needed = (mode: Mode): object =>
      facts.entrances_on_credentials === 'none' ? {} : { allowed_acs_entrance_ids: doorsOf(mode) }

    for (const mode of ['card', 'code', 'mobile_key', 'cloud_key'] as const) {
      const reply = await create(mode, needed(mode))
      if (facts.access_methods.includes(mode)) expect(reply.status, `${provider} ${mode} ${faultsOf(reply)}`).toBe(200)
      else expect(faultsOf(reply), `${provider} ${mode}`).toMatch(/access_method/)
    }

    const [mode] = facts.access_methods as [Mode]
    const withDoors = await create(mode, { allowed_acs_entrance_ids: doorsOf(mode) })
    const without = await create(mode, {})
    expect([withDoors.status, without.status], provider).toEqual(
      { none: [400, 200], optional: [200, 200], required: [200, 400] }[facts.entrances_on_credentials],
    )

    const groups = await server.ok('/acs/access_groups/list', { acs_system_id })
    expect(groups.acs_access_groups.length > 0, provider).toBe(facts.has_access_groups)

    if (facts.access_methods.includes('code')) {
      const reply = await create('code', { ...needed('code'), code: '739251' })
      expect(reply.status === 200, `${provider} ${faultsOf(reply)}`).toBe(facts.takes_custom_codes)
    }

    for (const name of ['further_card', 'override', 'auto_join'] as const) {
      const wish = facts.card_wishes[name]
      if (wish === null) continue
      const reply = await create('card', { ...needed('card'), ...wish })
      expect(reply.status, `${provider} ${name} ${faultsOf(reply)}`).toBe(200)
    }

    if (facts.card_issuance !== null) {
      const { acs_encoders } = await server.ok('/acs/encoders/list', { acs_system_id })
      const card = await create('card', needed('card'))
      if (acs_encoders.length > 0) {
        const reply = await server.post('/acs/encoders/encode_credential', {
          acs_encoder_id: acs_encoders[0].acs_encoder_id,
          acs_credential_id: card.body['acs_credential'].acs_credential_id,
        })
        expect(reply.status === 200, provider).toBe(facts.card_issuance === 'encode')
        const assigned = await server.post('/acs/encoders/scan_to_assign_credential', {
          acs_encoder_id: acs_encoders[0].acs_encoder_id,
          acs_user_id: await userOf(acs_system_id),
          ...facts.card_wishes.unknown_card,
        })
        expect(assigned.status === 200, `${provider} ${faultsOf(assigned)}`).toBe(facts.card_issuance === 'assign')
        await server.settle()
      }
    } else expect(facts.access_methods, provider).not.toContain('card')

    const schedule = { access_schedule: { starts_at: new Date().toISOString(), ends_at: '2099-01-01T00:00:00.000Z' } }
    const scheduled = await server.post('/acs/users/create', {
      acs_system_id,
      full_name: 'Timed',
      email_address: `timed-${provider}@example.com`,
      ...schedule,
    })
    expect(scheduled.status === 200, `${provider} ${faultsOf(scheduled)}`).toBe(facts.has_user_schedules)
    looked += 1
  }
  expect(looked).toBeGreaterThanOrEqual(12)
})

test('a second card of one who may have one at most is refused where the wish says that it is a further one', async () => {
  const { providers } = (await server.ok('/connected_accounts/list_providers')) as unknown as { providers: Facts[] }
  const wishing = providers.filter(({ card_wishes }) => card_wishes.further_card !== null)
  expect(wishing.length).toBeGreaterThan(0)
  for (const { provider, card_wishes } of wishing) {
    const acs_user_id = await userOf(await server.systemOf(provider))
    const again = { acs_user_id, access_method: 'card', ...card_wishes.further_card }
    await server.ok('/acs/credentials/create', again)
    expect((await server.post('/acs/credentials/create', again)).status).toBe(400)
  }
})
