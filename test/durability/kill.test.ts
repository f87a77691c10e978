// kill -9 in the middle of the work: after the next start nothing is lost, nothing is doubled, nothing stays pending.
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { makeInstallation, until, type ServerProcess } from '../support/process.ts'

const WINDOW = { starts_at: '2040-06-01T15:00:00.000Z', ends_at: '2040-06-04T11:00:00.000Z' }

async function saltoSpace(server: ServerProcess) {
  const { acs_systems } = await server.ok('/acs/systems/list')
  const { acs_system_id } = acs_systems.find(
    (one: { external_type: string }) => one.external_type === 'salto_space_system',
  )
  const { acs_entrances } = await server.ok('/acs/entrances/list', { acs_system_id })
  const { acs_encoders } = await server.ok('/acs/encoders/list', { acs_system_ids: [acs_system_id] })
  const door = (name: string): string =>
    acs_entrances.find((one: { display_name: string }) => one.display_name === name).acs_entrance_id
  return { acs_system_id: acs_system_id as string, acs_encoder_id: acs_encoders[0].acs_encoder_id as string, door }
}

async function cardGrant(server: ServerProcess, doors: string[], full_name = 'Jane Doe') {
  const { access_grant } = await server.ok('/access_grants/create', {
    user_identity: { full_name },
    acs_entrance_ids: doors,
    requested_access_methods: [{ mode: 'card' }],
    ...WINDOW,
  })
  await server.ok('/sandbox/settle')
  return access_grant as { access_grant_id: string; access_method_ids: string[] }
}

describe('a server killed in the middle of an encode', () => {
  test.each([
    ['before the card is written', 'slow'],
    ['after the card was written, before the answer came', 'answer_lost'],
  ])('%s: the attempt ends, and what it says is true of the card', async (_when, fault) => {
    await using installation = makeInstallation()
    let server = await installation.start()
    const { acs_system_id, acs_encoder_id, door } = await saltoSpace(server)
    const grant = await cardGrant(server, [door('Room 101')])
    const access_method_id = grant.access_method_ids[0]
    await server.ok('/sandbox/systems/set_fault', { acs_system_id, fault, times: 1, delay_ms: 20_000 })
    const { action_attempt } = await server.ok('/access_methods/encode', { access_method_id, acs_encoder_id })
    const { action_attempt_id } = action_attempt
    if (fault === 'slow') {
      await until(
        async () =>
          (
            await installation.sql(
              'SELECT 1 FROM action_attempt WHERE action_attempt_id = $1 AND started_at IS NOT NULL',
              [action_attempt_id],
            )
          )[0],
      )
    }
    await server.kill()
    server = await installation.start()
    await server.ok('/sandbox/systems/set_fault', { acs_system_id, fault: 'none' })
    const ended = await until(async () => {
      const reply = await server.ok('/action_attempts/get', { action_attempt_id })
      return reply['action_attempt'].status === 'pending' ? null : reply['action_attempt']
    })
    await server.ok('/sandbox/settle')
    const { access_method } = await server.ok('/access_methods/get', { access_method_id })
    const { cards } = await server.ok('/sandbox/cards/list', { acs_system_id })
    const written = cards.filter((card: { written: unknown }) => card.written !== null)
    expect(written).toHaveLength(ended.status === 'success' ? 1 : 0)
    expect(access_method.is_issued).toBe(ended.status === 'success')
    expect(await installation.sql(`SELECT 1 FROM event WHERE event_type = 'access_method.issued'`)).toHaveLength(
      written.length,
    )
    if (ended.status === 'success') return
    // The encoder is free again, and the same method can be encoded.
    const again = await server.ok('/access_methods/encode', { access_method_id, acs_encoder_id })
    const second = await until(async () => {
      const reply = await server.ok('/action_attempts/get', {
        action_attempt_id: again['action_attempt'].action_attempt_id,
      })
      return reply['action_attempt'].status === 'pending' ? null : reply['action_attempt']
    })
    expect(second).toMatchObject({ status: 'success', error: null })
  })
})

test('a server killed among grants: every acknowledged grant is whole, and none is doubled', async () => {
  await using installation = makeInstallation()
  let server = await installation.start()
  const { door } = await saltoSpace(server)
  const doors = [door('Main Entrance'), door('Room 101')]
  const acknowledged: string[] = []
  const attempts = Array.from({ length: 60 }, async (_, n) => {
    const reply = await server.post('/access_grants/create', {
      access_grant_key: `grant-${n}`,
      user_identity: { full_name: `Guest ${n}` },
      acs_entrance_ids: doors,
      requested_access_methods: [{ mode: 'card' }, { mode: 'mobile_key' }],
      ...WINDOW,
    })
    if (reply.status === 200) acknowledged.push(reply.body['access_grant'].access_grant_id)
    if (acknowledged.length === 15) await server.kill()
  })
  await Promise.allSettled(attempts)
  expect(acknowledged.length).toBeGreaterThanOrEqual(15)
  server = await installation.start()
  // Every grant that was sent is sent again: what was written before is refused by its key, the rest is made.
  for (let n = 0; n < 60; n++) {
    const reply = await server.post('/access_grants/create', {
      access_grant_key: `grant-${n}`,
      user_identity: { full_name: `Guest ${n}` },
      acs_entrance_ids: doors,
      requested_access_methods: [{ mode: 'card' }, { mode: 'mobile_key' }],
      ...WINDOW,
    })
    expect([200, 409]).toContain(reply.status)
  }
  await server.ok('/sandbox/settle')
  const { access_grants } = await server.ok('/access_grants/list')
  expect(access_grants).toHaveLength(60)
  for (const id of acknowledged)
    expect(access_grants.some((one: { access_grant_id: string }) => one.access_grant_id === id)).toBe(true)
  const { access_methods } = await server.ok('/access_methods/list')
  expect(access_methods).toHaveLength(120)
  expect(
    access_methods.filter((one: { mode: string; is_issued: boolean }) => one.mode === 'mobile_key' && one.is_issued),
  ).toHaveLength(60)
  const doubled = await installation.sql(
    `SELECT event_type, payload->>'access_method_id' AS id FROM event WHERE event_type IN ('access_method.created', 'access_method.issued', 'access_method.card_encoding_required')
      GROUP BY 1, 2 HAVING count(*) > 1
     UNION ALL SELECT event_type, payload->>'access_grant_id' FROM event WHERE event_type IN ('access_grant.created', 'access_grant.access_granted_to_all_doors') GROUP BY 1, 2 HAVING count(*) > 1`,
  )
  expect(doubled).toEqual([])
  expect(
    await installation.sql(`SELECT 1 FROM event WHERE event_type = 'access_grant.access_granted_to_all_doors'`),
  ).toHaveLength(60)
  // At the system too: one user for each guest, none twice.
  const { acs_users } = await server.ok('/acs/users/list')
  expect(new Set(acs_users.map((one: { full_name: string }) => one.full_name)).size).toBe(acs_users.length)
})

test('a server killed while a deletion waits for a system that is away finishes it after the next start, once', async () => {
  await using installation = makeInstallation()
  let server = await installation.start()
  const { acs_system_id, door } = await saltoSpace(server)
  const grant = await cardGrant(server, [door('Main Entrance')])
  const { access_grant_id } = grant
  await server.ok('/sandbox/systems/set_fault', { acs_system_id, fault: 'offline' })
  await server.ok('/access_grants/delete', { access_grant_id })
  await server.kill()
  server = await installation.start()
  const { access_grant } = await server.ok('/access_grants/get', { access_grant_id })
  expect(access_grant).toMatchObject({ warnings: [{ warning_code: 'being_deleted' }] })
  await server.ok('/sandbox/systems/set_fault', { acs_system_id, fault: 'none' })
  // Somebody presses the button again at the same moment.
  await Promise.all([1, 2, 3].map(() => server.post('/access_grants/delete', { access_grant_id })))
  await until(async () => (await server.post('/access_grants/get', { access_grant_id })).status === 404)
  const events = await installation.sql<{ event_type: string }>(
    `SELECT event_type FROM event WHERE event_type LIKE 'access%.deleted' ORDER BY position`,
  )
  expect(events.map((one) => one.event_type)).toEqual(['access_method.deleted', 'access_grant.deleted'])
})

test('a server killed while a receiver is answering delivers again, under the same message id', async () => {
  await using installation = makeInstallation()
  const seen: { id: string; event_id: string }[] = []
  let isHanging = true
  const receiver = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      const headers: IncomingHttpHeaders = request.headers
      seen.push({ id: String(headers['svix-id']), event_id: (JSON.parse(text) as { event_id: string }).event_id })
      if (!isHanging) response.end()
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  try {
    let server = await installation.start()
    const { port } = receiver.address() as AddressInfo
    await server.ok('/webhooks/create', { url: `http://127.0.0.1:${port}/`, event_types: ['space.created'] })
    for (let n = 0; n < 5; n++) await server.ok('/spaces/create', { name: `Space ${n}` })
    await until(async () => seen.length > 0)
    await server.kill()
    isHanging = false
    receiver.closeAllConnections()
    server = await installation.start()
    await until(
      async () => (await installation.sql(`SELECT 1 FROM webhook_delivery WHERE status <> 'delivered'`)).length === 0,
    )
    const { events } = await server.ok('/events/list', { since: '2020-01-01T00:00:00Z', event_type: 'space.created' })
    expect(events).toHaveLength(5)
    const byEvent = new Map<string, Set<string>>()
    for (const one of seen) byEvent.set(one.event_id, (byEvent.get(one.event_id) ?? new Set()).add(one.id))
    expect(new Set(byEvent.keys())).toEqual(new Set(events.map((one: { event_id: string }) => one.event_id)))
    expect([...byEvent.values()].every((ids) => ids.size === 1)).toBe(true)
    expect(new Set(seen.map((one) => one.id)).size).toBe(5)
  } finally {
    receiver.closeAllConnections()
    receiver.close()
  }
})

describe('two processes on one data folder', () => {
  test('share the database; the last one to stop stops it', async () => {
    await using installation = makeInstallation()
    const [first, second] = await Promise.all([installation.start(), installation.start()])
    const { space } = await first.ok('/spaces/create', { name: 'Shared' })
    expect((await second.ok('/spaces/get', { space_id: space.space_id }))['space'].name).toBe('Shared')
    expect(await first.stop()).toBe(0)
    expect((await second.ok('/spaces/get', { space_id: space.space_id }))['space'].name).toBe('Shared')
    // One sandbox workspace, however many started at once.
    expect(await installation.sql('SELECT 1 FROM workspace')).toHaveLength(1)
    expect(await second.stop()).toBe(0)
  })
})

test('a process that serves the API alone leaves the work to one that has workers', async () => {
  await using installation = makeInstallation()
  await installation.start({ LOCKSTITCH_ROLES: 'worker,api' })
  const api = await installation.start({ LOCKSTITCH_ROLES: 'api' })
  const { door } = await saltoSpace(api)
  const { access_grant } = await api.ok('/access_grants/create', {
    user_identity: { full_name: 'Guest' },
    acs_entrance_ids: [door('Room 101')],
    requested_access_methods: [{ mode: 'mobile_key' }],
    ...WINDOW,
  })
  const [access_method_id] = access_grant.access_method_ids
  await until(async () => (await api.ok('/access_methods/get', { access_method_id }))['access_method'].is_issued)
})

test('SIGTERM ends a server cleanly under load, and the next start is quick', async () => {
  await using installation = makeInstallation()
  const server = await installation.start()
  const calls = Array.from({ length: 50 }, (_, n) => server.post('/spaces/create', { name: `Space ${n}` }))
  await calls[0]
  const code = server.stop()
  const replies = (await Promise.allSettled(calls)).flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  expect(await code).toBe(0)
  const startedAt = performance.now()
  const next = await installation.start()
  // The target is 1.5 s (npm run bench measures it); a loaded test machine gets more.
  expect(performance.now() - startedAt).toBeLessThan(6000)
  const { spaces } = await next.ok('/spaces/list')
  for (const reply of replies.filter((one) => one.status === 200)) {
    expect(spaces.some((one: { space_id: string }) => one.space_id === reply.body['space'].space_id)).toBe(true)
  }
})
