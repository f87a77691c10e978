// Two want the same at once: exactly one wins, and the other gets its named outcome. Every time.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type Reply, type TestServer } from '../support/server.ts'

const ROUNDS = 200
const WINDOW = { starts_at: '2040-06-01T15:00:00.000Z', ends_at: '2040-06-04T11:00:00.000Z' }

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

test(
  `two grants want one PIN on one door: one has it, the other another and a warning that says so (${ROUNDS} times)`,
  { timeout: 180_000 },
  async () => {
    const parking = await server.entrance('salto_space', 'Parking')
    const grant = (round: number, guest: string, code: string) =>
      server.ok('/access_grants/create', {
        user_identity: { full_name: `Guest ${round} ${guest}` },
        acs_entrance_ids: [parking],
        requested_access_methods: [{ mode: 'code', code }],
        ...WINDOW,
      })
    for (let round = 0; round < ROUNDS; round++) {
      const code = String(10_000 + round * 17)
      const grants = (await Promise.all([grant(round, 'A', code), grant(round, 'B', code)])).map(
        (body) => body['access_grant'],
      )
      const methods = await Promise.all(
        grants.map(
          async (one) =>
            (await server.ok('/access_methods/get', { access_method_id: one.access_method_ids[0] }))['access_method'],
        ),
      )
      const won = methods.map((method) => method.code === code)
      expect(won.filter(Boolean), `round ${round}`).toHaveLength(1)
      const loser = won.indexOf(false)
      expect(grants[loser].warnings, `round ${round}`).toMatchObject([
        { warning_code: 'requested_code_unavailable', original_code: code, new_code: methods[loser].code },
      ])
      expect(grants[1 - loser].warnings).toEqual([])
    }
    const doubled = await server.sql(`SELECT code FROM pin_claim GROUP BY acs_entrance_id, code HAVING count(*) > 1`)
    expect(doubled).toEqual([])
  },
)

test(
  `two encodes on one encoder: one writes its card, the other is told that the encoder is busy (${ROUNDS} times)`,
  { timeout: 180_000 },
  async () => {
    const [acs_system_id, acs_encoder_id, door] = [
      await server.systemOf('salto_space'),
      await server.encoder('salto_space'),
      await server.entrance('salto_space', 'Room 101'),
    ]
    // The card takes a moment, so that the two really meet.
    await server.ok('/sandbox/systems/set_fault', { acs_system_id, fault: 'slow', delay_ms: 60, acs_encoder_id })
    const method = async (name: string): Promise<string> => {
      const { access_grant } = await server.ok('/access_grants/create', {
        user_identity: { full_name: name },
        acs_entrance_ids: [door],
        requested_access_methods: [{ mode: 'card' }],
        ...WINDOW,
      })
      return access_grant.access_method_ids[0]
    }
    let waiting = await method('the first loser')
    for (let round = 0; round < ROUNDS; round++) {
      const pair = [waiting, await method(`Guest ${round}`)]
      await server.settle()
      const started = await Promise.all(
        pair.map((access_method_id) => server.ok('/access_methods/encode', { access_method_id, acs_encoder_id })),
      )
      await server.settle()
      const ended = await Promise.all(
        started.map(
          async (body) =>
            (await server.ok('/action_attempts/get', { action_attempt_id: body['action_attempt'].action_attempt_id }))[
              'action_attempt'
            ],
        ),
      )
      expect(ended.map((one) => one.status).sort(), `round ${round}`).toEqual(['error', 'success'])
      const loser = ended.findIndex((one) => one.status === 'error')
      expect(ended[loser].error).toMatchObject({
        type: 'uncategorized_error',
        message: expect.stringContaining('busy'),
      })
      waiting = pair[loser] ?? ''
      expect((await server.ok('/access_methods/get', { access_method_id: waiting }))['access_method']).toMatchObject({
        is_issued: false,
        is_encoding_required: true,
      })
    }
    await server.ok('/sandbox/systems/set_fault', { acs_system_id, fault: 'none' })
  },
)

test(
  `two first cards for one Salto Space user: one is made, the other is refused (${ROUNDS} times)`,
  { timeout: 180_000 },
  async () => {
    const acs_system_id = await server.systemOf('salto_space')
    for (let round = 0; round < ROUNDS; round++) {
      const { acs_user } = await server.ok('/acs/users/create', { acs_system_id, full_name: `User ${round}` })
      const card = (): Promise<Reply> =>
        server.post('/acs/credentials/create', {
          acs_user_id: acs_user.acs_user_id,
          access_method: 'card',
          salto_space_metadata: { assign_new_key: true },
        })
      const replies = await Promise.all([card(), card()])
      expect(replies.map((reply) => reply.status).sort(), `round ${round}`).toEqual([200, 400])
      const refused = replies.find((reply) => reply.status === 400)
      expect(refused?.body['error']).toMatchObject({
        type: 'invalid_input',
        message: expect.stringContaining('assign_new_key'),
      })
      const { acs_credentials } = await server.ok('/acs/credentials/list', { acs_user_id: acs_user.acs_user_id })
      expect(acs_credentials).toHaveLength(1)
    }
  },
)
