/** Erasing a person: no name, e-mail address or phone number stays in any table, and the chain of the log stays whole. */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestServer } from '../support/server.ts'
import { chained, cli, environmentOf, startAudited, WINDOW } from './support.ts'

let server: TestServer
let env: Record<string, string>
// Answers with what it was sent: a receiver may, and the log of deliveries keeps the beginning of answers.
const echo = createServer((request, response) => {
  request.pipe(response)
})

beforeAll(async () => {
  server = await startAudited()
  env = await environmentOf(server)
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve))
  const { port } = echo.address() as AddressInfo
  await server.ok('/webhooks/create', { url: `http://127.0.0.1:${String(port)}/`, event_types: ['*'] })
}, 60_000)
afterAll(async () => {
  echo.close()
  echo.closeAllConnections()
  await server[Symbol.asyncDispose]()
})

/** Every text and JSON column of every table that holds one of the texts; what is sealed is opened. */
async function traces(texts: string[]): Promise<string[]> {
  const columns = await server.sql<{ table: string; column: string }>(
    `SELECT c.table_name AS table, c.column_name AS column FROM information_schema.columns c
       JOIN information_schema.tables t USING (table_schema, table_name)
      WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND (c.data_type IN ('text', 'jsonb', 'json', 'ARRAY', 'bytea'))`,
  )
  expect(columns.length).toBeGreaterThan(100)
  const found: string[] = []
  for (const { table, column } of columns) {
    const rows = await server.sql<{ text: string }>(
      `SELECT "${column}"::text AS text FROM "${table}" WHERE "${column}" IS NOT NULL`,
    )
    for (const { text } of rows) {
      const plain = column.startsWith('sealed_') || column.endsWith('_sealed') ? opened(text) : text
      for (const one of texts)
        if (plain.toLowerCase().includes(one.toLowerCase())) found.push(`${table}.${column}: ${one}`)
    }
  }
  return [...new Set(found)]
}

function opened(sealed: string): string {
  const plain = server.server.services.sealer.open(sealed)
  return `${plain} ${Buffer.from(plain, 'base64').toString('latin1')} ${Buffer.from(plain, 'base64').toString('utf16le')}`
}

/** Somebody with everything that a person may have. */
async function somebody(name: string) {
  const tag = randomUUID().slice(0, 8)
  const given = {
    full_name: `${name} ${tag}`,
    email_address: `${name.toLowerCase()}.${tag}@example.com`,
    phone_number: `+1555${String(parseInt(tag, 16)).slice(0, 7).padStart(7, '0')}`,
  }
  const { user_identity } = await server.ok('/user_identities/create', { ...given, user_identity_key: `guest ${tag}` })
  const { user_identity_id } = user_identity
  const renamed = `${name}-Renamed ${tag}`
  await server.ok('/user_identities/update', { user_identity_id, full_name: renamed })
  const made = await server.post(
    '/access_grants/create',
    {
      user_identity_id,
      name: `Stay of ${renamed}`,
      reservation_key: randomUUID(),
      acs_entrance_ids: [
        await server.entrance('salto_space', 'Main Entrance'),
        await server.entrance('visionline', 'Room 101'),
        await server.entrance('salto_ks', 'Office'),
      ],
      requested_access_methods: [{ mode: 'card' }, { mode: 'mobile_key' }],
      ...WINDOW,
    },
    server.apiKey,
    { 'idempotency-key': randomUUID() },
  )
  expect(made.status, JSON.stringify(made.body)).toBe(200)
  await server.ok('/client_sessions/create', {
    user_identity_ids: [user_identity_id],
    user_identifier_key: given.email_address,
  })
  await server.settle()
  const { access_methods } = await server.ok('/access_methods/list', {
    access_grant_id: made.body['access_grant'].access_grant_id,
  })
  for (const method of access_methods as { mode: string; access_method_id: string; is_encoding_required: boolean }[]) {
    if (method.mode !== 'card') continue
    for (const provider of ['salto_space', 'visionline']) {
      await server.post('/access_methods/encode', {
        access_method_id: method.access_method_id,
        acs_encoder_id: await server.encoder(provider),
      })
    }
  }
  await server.settle()
  const texts = [given.full_name, renamed, given.email_address, given.phone_number, `guest ${tag}`]
  return { user_identity_id: user_identity_id as string, texts }
}

async function isWhole(): Promise<void> {
  await chained(server)
  const { code, text } = await cli(env, 'audit', 'verify', '--workspace', server.workspaceId)
  expect(text).toContain('whole')
  expect(code).toBe(0)
}

test('user_identities/delete with erase leaves no trace, and the chain whole', async () => {
  const jane = await somebody('Janet')
  const other = await somebody('Oswald')
  expect((await traces(jane.texts)).length).toBeGreaterThan(3)
  const othersTraces = await traces(other.texts)
  await server.ok('/user_identities/delete', { user_identity_id: jane.user_identity_id, erase: true })
  await server.settle()
  await chained(server)
  expect(await traces(jane.texts)).toEqual([])
  await isWhole()
  // Nobody else lost anything.
  expect(await traces(other.texts)).toEqual(othersTraces)
  const { audit_entries } = await server.ok('/audit/list', { user_identity_id: jane.user_identity_id })
  expect(audit_entries.length).toBeGreaterThan(8)
  expect(audit_entries.every((entry: { person: unknown }) => entry.person === null)).toBe(true)
  expect(audit_entries.filter((entry: { after: { is_erased?: true } | null }) => entry.after?.is_erased)).toMatchObject(
    [{ actor: { kind: 'api_key' }, action: '/user_identities/delete' }],
  )
}, 120_000)

test('who was deleted before is erased all the same, once', async () => {
  const { user_identity_id, texts } = await somebody('Kilian')
  await server.ok('/user_identities/delete', { user_identity_id })
  await server.settle()
  expect(await traces(texts)).toContain(`audit_person.full_name: ${texts[0] ?? ''}`)
  await server.ok('/user_identities/delete', { user_identity_id, erase: true })
  expect(await traces(texts)).toEqual([])
  expect((await server.post('/user_identities/delete', { user_identity_id, erase: true })).status).toBe(404)
  await isWhole()
}, 60_000)

test('the CLI erases beside a running server', async () => {
  const { user_identity_id, texts } = await somebody('Ludmila')
  const ids = ['--workspace', server.workspaceId, '--user-identity', user_identity_id]
  expect(await cli(env, 'erase', ...ids)).toMatchObject({ code: 0, text: `Erased ${user_identity_id}.` })
  await server.settle()
  expect(await traces(texts)).toEqual([])
  expect((await cli(env, 'erase', ...ids)).code).toBe(1)
  await isWhole()
  const { audit_entries } = await server.ok('/audit/list', { user_identity_id, actor_kind: 'operator' })
  expect(audit_entries.at(-1)).toMatchObject({ actor: { id: 'cli' }, action: 'cli/erase', after: { is_erased: true } })
}, 60_000)

test('a system that is away is told when it is back; until then only its user record stays', async () => {
  const { user_identity_id, texts } = await somebody('Magnus')
  const acs_system_id = await server.systemOf('salto_space')
  await server.ok('/sandbox/systems/set_fault', { acs_system_id, fault: 'offline' })
  await server.ok('/user_identities/delete', { user_identity_id, erase: true })
  const left = await traces(texts)
  expect(new Set(left.map((place) => place.split('.')[0]))).toEqual(new Set(['acs_user', 'virtual_record']))
  await server.ok('/sandbox/systems/set_fault', { acs_system_id, fault: 'none' })
  await server.ok('/connected_accounts/sync', { acs_system_id }).catch(() => undefined)
  for (let i = 0; i < 100 && (await traces(texts)).length > 0; i++)
    await new Promise((resolve) => setTimeout(resolve, 200))
  expect(await traces(texts)).toEqual([])
}, 60_000)

test('erase takes true or false', async () => {
  const { user_identity_id } = await somebody('Nestor')
  expect((await server.post('/user_identities/delete', { user_identity_id, erase: 'perhaps' })).status).toBe(400)
  expect((await server.ok('/user_identities/get', { user_identity_id }))['user_identity']).toBeDefined()
}, 60_000)

test('resetting the sandbox keeps the log and says so, with one entry; names go', async () => {
  const { texts } = await somebody('Ottilie')
  const before = (await server.ok('/audit/list', { limit: 100_000 }))['audit_entries'] as { sequence: number }[]
  await server.ok('/workspaces/reset_sandbox')
  await server.settle()
  const after = (await server.ok('/audit/list', { limit: 100_000 }))['audit_entries'] as {
    action: string
    after: object | null
  }[]
  expect(after.slice(0, before.length).map((entry) => entry)).toEqual(
    before.map((entry) => ({ ...entry, person: null })),
  )
  expect(after[before.length]).toMatchObject({ action: '/workspaces/reset_sandbox', after: { is_reset: true } })
  expect(after.slice(before.length + 1).filter((entry) => entry.after === null)).toEqual([])
  expect(await traces(texts)).toEqual([])
  await isWhole()
}, 60_000)
