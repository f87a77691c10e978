/** Whatever somebody with all rights changes in the log afterwards is found, and named. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { TestServer } from '../support/server.ts'
import { chained, cli, environmentOf, startAudited, WINDOW } from './support.ts'

let server: TestServer
let env: Record<string, string>
let count = 0

beforeAll(async () => {
  server = await startAudited()
  env = await environmentOf(server)
  for (const guest of ['Jane Doe', 'John Roe', 'Ann Poe']) {
    await server.ok('/access_grants/create', {
      user_identity: { full_name: guest },
      acs_entrance_ids: [await server.entrance('salto_ks', 'Office')],
      requested_access_methods: [{ mode: 'code' }],
      ...WINDOW,
    })
  }
  await server.settle()
  await chained(server)
  await server.sql('CREATE TABLE kept_entry AS TABLE audit_entry')
  await server.sql('CREATE TABLE kept_head AS TABLE audit_head')
  await server.sql('CREATE TABLE kept_person AS TABLE audit_person')
  const [row] = await server.sql<{ n: number }>('SELECT count(*)::int AS n FROM audit_entry')
  count = row?.n ?? 0
}, 60_000)
afterAll(() => server[Symbol.asyncDispose]())

/** As a superuser may: without the triggers that refuse it. */
async function tamper(statement: string, values: unknown[] = []): Promise<void> {
  await server.sql("SET session_replication_role = 'replica'")
  await server.sql(statement, values)
  await server.sql("SET session_replication_role = 'origin'")
}

beforeEach(async () => {
  for (const table of ['entry', 'head', 'person']) {
    await tamper(`DELETE FROM audit_${table}`)
    await tamper(`INSERT INTO audit_${table} TABLE kept_${table}`)
  }
})

const verify = (...args: string[]) => cli(env, 'audit', 'verify', ...args)

test('an untouched log is whole, and its head is printed', async () => {
  const { code, text } = await verify()
  expect(text).toMatch(
    new RegExp(`${server.workspaceId}: ${String(count)} entries, whole. Head ${String(count)}:[0-9a-f]{64}`),
  )
  expect(code).toBe(0)
  expect(count).toBeGreaterThan(15)
})

describe('found and named', () => {
  test.each([
    [
      'a changed right',
      'UPDATE audit_entry SET after = after || \'{"is_deleting": true}\' WHERE sequence = 7',
      'Entry 7 was changed',
    ],
    [
      'another actor',
      'UPDATE audit_entry SET actor = \'{"kind": "api_key", "id": "x"}\' WHERE sequence = 8',
      'Entry 8 was changed',
    ],
    [
      'a millisecond',
      "UPDATE audit_entry SET occurred_at = occurred_at + interval '1 ms' WHERE sequence = 9",
      'Entry 9 was changed',
    ],
    [
      'another person',
      'UPDATE audit_entry SET person_id = gen_random_uuid() WHERE sequence = 10',
      'Entry 10 was changed',
    ],
    ['a deleted entry', 'DELETE FROM audit_entry WHERE sequence = 5', 'Entry 5 is missing'],
    ['a cut tail', 'DELETE FROM audit_entry WHERE sequence > 12', 'The end was cut off: entry 13 to'],
    ['everything cut', 'DELETE FROM audit_entry', 'The end was cut off: entry 1 to'],
    [
      'two that changed places',
      `WITH gone AS (DELETE FROM audit_entry WHERE sequence IN (3, 4) RETURNING *)
       INSERT INTO audit_entry SELECT workspace_id, 7 - sequence, audit_entry_id, occurred_at, recorded_at, actor, action, subject_type,
         subject_id, door_ids, person_id, person_digest, before, after, previous_hash, hash FROM gone ORDER BY sequence`,
      'Entry 3 does not follow',
    ],
    [
      'one put in',
      `INSERT INTO audit_entry SELECT workspace_id, sequence + 1, gen_random_uuid(), occurred_at, recorded_at, actor, action, subject_type, subject_id,
         door_ids, person_id, person_digest, before, after, hash, repeat('0', 64) FROM audit_entry ORDER BY sequence DESC LIMIT 1`,
      'was changed: its hash',
    ],
    ['a head that was moved', "UPDATE audit_head SET hash = repeat('0', 64)", 'The recorded end is not the hash'],
    ['a missing head', 'DELETE FROM audit_head', 'added behind the recorded end'],
    ['another name', "UPDATE audit_person SET full_name = 'Mallory' WHERE full_name = 'Jane Doe'", 'were changed'],
  ])('%s', async (_what, statement, message) => {
    await tamper(statement)
    const { code, text } = await verify('--workspace', server.workspaceId)
    expect(text).toContain(message)
    expect(code).toBe(1)
  })

  test('a tail cut together with its head: by a head that was kept elsewhere', async () => {
    const head = /Head (\S+)/.exec((await verify()).text)?.[1] ?? ''
    await tamper('DELETE FROM audit_entry WHERE sequence > 12')
    await tamper('UPDATE audit_head SET sequence = 12, hash = (SELECT hash FROM audit_entry WHERE sequence = 12)')
    expect((await verify()).code).toBe(0)
    const { code, text } = await verify('--workspace', server.workspaceId, '--head', head)
    expect(text).toContain(`Entry ${String(count)}, the head that was kept, is missing`)
    expect(code).toBe(1)
  })
})

describe('the database itself refuses', () => {
  test.each([
    'UPDATE audit_entry SET action = action',
    'DELETE FROM audit_entry',
    'TRUNCATE audit_entry',
    'TRUNCATE audit_pending',
  ])('%s, even to a superuser', async (statement) => {
    await expect(server.sql(statement)).rejects.toThrow('the audit log is only added to')
  })

  test.each([
    'UPDATE audit_entry SET action = action',
    'DELETE FROM audit_entry',
    'DELETE FROM audit_pending',
    'UPDATE audit_head SET sequence = 0',
  ])('%s to the role that requests run as', async (statement) => {
    const { store } = server.server.services
    await expect(store.execute(server.workspaceId, `${statement} WHERE workspace_id = $1`)).rejects.toThrow(
      'permission denied',
    )
  })
})

describe('an exported file', () => {
  test('is checked without a database, and holds no name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lockstitch-audit-'))
    try {
      const file = join(folder, 'log.jsonl')
      const exported = await cli(env, 'audit', 'export', '--workspace', server.workspaceId, '--out', file)
      expect(exported.code).toBe(0)
      const text = readFileSync(file, 'utf8')
      const lines = text.trimEnd().split('\n')
      expect(lines).toHaveLength(count + 1)
      expect(text.includes('Jane')).toBe(false)
      const check = (...args: string[]) => cli({}, 'audit', 'verify', '--file', file, ...args)
      expect(await check()).toMatchObject({ code: 0, text: expect.stringContaining(`${String(count)} entries, whole`) })
      const head = /Head (\S+)/.exec(exported.text)?.[1] ?? ''
      expect((await check('--head', head)).code).toBe(0)

      writeFileSync(
        file,
        lines.with(6, (lines[6] ?? '').replace('"after":{', '"after":{"is_suspended":true,')).join('\n'),
      )
      expect(await check()).toMatchObject({ code: 1, text: expect.stringContaining('Entry 6 was changed') })
      writeFileSync(file, lines.toSpliced(9, 1).join('\n'))
      expect(await check()).toMatchObject({ code: 1, text: expect.stringContaining('Entry 9 is missing') })
      writeFileSync(file, lines.slice(0, 11).join('\n'))
      expect(await check()).toMatchObject({ code: 1, text: expect.stringContaining('entry 11 to') })
      writeFileSync(file, lines.with(4, 'not JSON').join('\n'))
      expect(await check()).toMatchObject({ code: 1, text: expect.stringContaining('entry 4 cannot be read') })
      writeFileSync(file, 'something else')
      expect((await check()).code).toBe(2)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

test('what was forgotten unchained is told', async () => {
  await server.sql(
    `INSERT INTO audit_pending (workspace_id, occurred_at, recorded_at, actor, action, subject_type, subject_id, door_ids)
     VALUES (gen_random_uuid(), '2020-01-01T00:00:00Z', '2020-01-01T00:00:00Z', '{}', 'x', 'x', gen_random_uuid(), '{}')`,
  )
  await chained(server)
  await server.server.stop()
  const [row] = await server.sql<{ workspace_id: string }>(
    `INSERT INTO audit_pending (workspace_id, occurred_at, recorded_at, actor, action, subject_type, subject_id, door_ids)
     VALUES (gen_random_uuid(), '2020-01-01T00:00:00Z', '2020-01-01T00:00:00Z', '{}', 'x', 'x', gen_random_uuid(), '{}') RETURNING workspace_id`,
  )
  const { text } = await verify('--workspace', row?.workspace_id ?? '')
  expect(text).toContain('1 entries wait to be chained since 2020-01-01T00:00:00.000Z')
})

test('wrong usage is told as such', async () => {
  expect((await cli(env, 'audit', 'verify', '--nothing')).code).toBe(2)
  expect((await cli(env, 'audit', 'export')).code).toBe(2)
  expect((await cli(env, 'audit')).code).toBe(2)
  expect((await cli(env)).code).toBe(2)
  expect((await cli(env, 'audit', 'verify', '--help')).code).toBe(0)
})
