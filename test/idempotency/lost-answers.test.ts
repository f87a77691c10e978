// A crash between the effect and its answer: the same request again names what the first one made, whatever it makes.
import { afterAll, expect, test } from 'vitest'
import { startTestServer, type Reply } from '../support/server.ts'

const server = await startTestServer({ frozenAt: '2040-06-01T09:00:00.000Z' })
afterAll(() => server[Symbol.asyncDispose]())
const ok = (path: string, params: object) => server.ok(path, params)
const system = await server.systemOf('salto_space')
const hotel = await server.systemOf('visionline')
const encoder = await server.encoder('visionline')
const office = await server.entrance('salto_ks', 'Office')
const room = await server.entrance('visionline', 'Room 101')
const ENDS = { ends_at: '2040-06-14T11:00:00.000Z' }

let made = 0
const person = async (): Promise<string> =>
  (await ok('/user_identities/create', { full_name: `Person ${String(++made)}` }))['user_identity'].user_identity_id
const grant = async (mode: string, door: string): Promise<Record<string, string[]>> => {
  const stay = door === room ? { reservation_key: `stay-${String(++made)}` } : {}
  const wish = { acs_entrance_ids: [door], requested_access_methods: [{ mode }], ...stay, ...ENDS }
  const { access_grant } = await ok('/access_grants/create', { user_identity_id: await person(), ...wish })
  await server.settle()
  return access_grant as Record<string, string[]>
}
const user = async (acs_system_id: string): Promise<string> =>
  (await ok('/acs/users/create', { acs_system_id, full_name: `User ${String(++made)}` }))['acs_user'].acs_user_id

/** Operations that answer with something new, each with parameters that it takes once. */
const MAKING: Record<string, () => Promise<object>> = {
  '/access_grants/create': async () => ({
    user_identity: { full_name: 'Ada' },
    acs_entrance_ids: [office],
    requested_access_methods: [{ mode: 'code' }],
  }),
  '/access_grants/request_access_methods': async () => {
    const { access_grant_id } = await grant('code', office)
    return { access_grant_id, requested_access_methods: [{ mode: 'cloud_key' }] }
  },
  '/access_methods/encode': async () => ({
    access_method_id: (await grant('card', room))['access_method_ids']?.[0],
    acs_encoder_id: encoder,
  }),
  '/access_methods/unlock_door': async () => ({
    access_method_id: (await grant('cloud_key', office))['access_method_ids']?.[0],
    acs_entrance_id: office,
  }),
  '/acs/credentials/create': async () => ({
    acs_user_id: await user(hotel),
    access_method: 'card',
    allowed_acs_entrance_ids: [room],
    visionline_metadata: { card_format: 'rfid48', override: true },
  }),
  '/acs/encoders/scan_credential': async () => ({ acs_encoder_id: encoder }),
  '/acs/users/create': async () => ({ acs_system_id: system, full_name: 'Grace' }),
  '/client_sessions/create': async () => ({ user_identity_id: await person() }),
  '/client_sessions/get_or_create': async () => ({ user_identity_id: await person() }),
  '/connect_webviews/create': async () => ({ accepted_providers: ['brivo'] }),
  '/phones/simulate/create_sandbox_phone': async () => ({ user_identity_id: await person() }),
  '/spaces/create': async () => ({ name: 'Floor' }),
  '/user_identities/create': async () => ({ full_name: 'Joan' }),
  '/user_identities/generate_instant_key': async () => ({ user_identity_id: await person() }),
  '/webhooks/create': async () => ({ url: 'http://127.0.0.1:9/hook', event_types: ['space.created'] }),
  '/webhooks/rotate_secret': async () => ({
    webhook_id: (await ok('/webhooks/create', { url: 'http://127.0.0.1:9/old', event_types: ['space.created'] }))[
      'webhook'
    ].webhook_id,
  }),
}

/** Whatever names something or lets somebody in: ids, tokens, secrets, codes in links. */
const named = ({ body }: Reply): string[] =>
  [
    ...JSON.stringify(body).matchAll(
      /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|seam_[A-Za-z0-9_]+|whsec_[A-Za-z0-9+/=]+|\/ik\/[A-Z0-9]+|token=[A-Za-z0-9_-]+/g,
    ),
  ]
    .map(([text]) => text)
    .sort()

test.each(Object.entries(MAKING))('%s', async (path, params) => {
  const key = crypto.randomUUID()
  const request = await params()
  const ask = () => server.post(path, request, server.apiKey, { 'idempotency-key': key })
  const first = await ask()
  expect(first.status, JSON.stringify(first.body)).toBe(200)
  expect(named(first).length).toBeGreaterThan(0)
  await server.sql('UPDATE idempotency_record SET sealed_answer = NULL WHERE idempotency_key = $1', [key])
  const again = await ask()
  expect(again.status, JSON.stringify(again.body)).toBe(200)
  expect(named(again)).toEqual(named(first))
})
