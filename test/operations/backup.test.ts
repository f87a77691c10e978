// Backup, restore, verify and the rotation of keys, with the commands that an operator calls, beside a server at work.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync, chmodSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { run } from '../../src/cli/run.ts'
import { readConfig } from '../../src/config.ts'
import { silentLog } from '../../src/log.ts'
import { startServer } from '../../src/server.ts'
import { Sealer } from '../../src/store/sealer.ts'
import { systemClock, systemIds } from '../../src/system-clock.ts'
import { startTestServer } from '../support/server.ts'

const base = mkdtempSync(join(tmpdir(), 'lockstitch-backup-'))
chmodSync(base, 0o755)
afterAll(() => rmSync(base, { recursive: true, force: true }))
const newKey = (): string => randomBytes(32).toString('base64')

async function cli(env: Record<string, string>, ...args: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = []
  const note = (line: string): void => void lines.push(line)
  const code = await run(args, { env, out: note, tell: note })
  return { code, text: lines.join('\n') }
}

test('a backup taken under load is restored into an empty folder, verified equal, and works', async () => {
  await using server = await startTestServer()
  const { acs_entrances } = await server.ok('/acs/entrances/list', { acs_system_id: await server.systemOf('salto_ks') })
  const door = (acs_entrances as { acs_entrance_id: string; can_unlock_with_code: boolean }[]).find(
    (one) => one.can_unlock_with_code,
  )?.acs_entrance_id
  const acknowledged: string[] = []
  const grant = async (n: number): Promise<void> => {
    const { access_grant } = await server.ok('/access_grants/create', {
      user_identity: { full_name: `Guest ${String(n)} „Ümlaut“\n'\\` },
      acs_entrance_ids: [door],
      requested_access_methods: [{ mode: 'code' }, { mode: 'mobile_key' }],
    })
    acknowledged.push((access_grant as { access_grant_id: string }).access_grant_id)
  }
  for (let n = 0; n < 5; n++) await grant(n)
  await server.settle()
  const before = [...acknowledged]

  // The load goes on until the backup is there.
  let isDone = false
  let n = 5
  const load = Promise.all(
    [1, 2, 3].map(async () => {
      while (!isDone) await grant(n++)
    }),
  )
  const folder = join(base, 'under-load')
  const made = await cli(server.env, 'backup', '--to', folder)
  isDone = true
  await load
  expect(made.code, made.text).toBe(0)
  expect(acknowledged.length).toBeGreaterThan(before.length)
  // Again into the same folder: refused.
  expect((await cli(server.env, 'backup', '--to', folder)).code).toBe(2)

  const restored = {
    LOCKSTITCH_DATA_DIR: join(base, 'restored'),
    LOCKSTITCH_SECRET_KEY: server.env['LOCKSTITCH_SECRET_KEY'] ?? '',
    PORT: '0',
  }
  const back = await cli(restored, 'restore', '--from', folder)
  expect(back.code, back.text).toBe(0)
  const checked = await cli(restored, 'verify', '--backup', folder)
  expect(checked.text).toContain('the very rows of the backup')
  expect(checked.code, checked.text).toBe(0)
  // A second time there is something already.
  const twice = await cli(restored, 'restore', '--from', folder)
  expect(twice.code).toBe(2)
  expect(twice.text).toContain('not empty')

  await using again = await startServer({
    config: readConfig(restored),
    clock: systemClock,
    ids: systemIds,
    log: silentLog,
  })
  const call = async (path: string, params: object): Promise<Record<string, unknown>> => {
    const reply = await fetch(again.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(params),
    })
    expect(reply.status, await reply.clone().text()).toBe(200)
    return (await reply.json()) as Record<string, unknown>
  }
  for (const access_grant_id of before) {
    await call('/access_grants/get', { access_grant_id })
    const { access_methods } = await call('/access_methods/list', { access_grant_id })
    const code = (access_methods as { mode: string; code?: string }[]).find((one) => one.mode === 'code')?.code
    const { door_attempt } = await call('/sandbox/doors/enter_code', { acs_entrance_id: door, code })
    expect(door_attempt).toMatchObject({ opened: true })
  }
  // Whatever the backup caught in the middle goes on: nothing waits for ever, and new things get places of their own.
  await call('/sandbox/settle', {})
  await call('/access_grants/create', {
    user_identity: { full_name: 'After' },
    acs_entrance_ids: [door],
    requested_access_methods: [{ mode: 'code' }],
  })
  await call('/sandbox/settle', {})
}, 180_000)

test('a damaged backup is not written back, not even in part', async () => {
  await using server = await startTestServer()
  const folder = join(base, 'damaged')
  expect((await cli(server.env, 'backup', '--to', folder)).code).toBe(0)
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as {
    tables: Record<string, { digest: string }>
  }
  const { acs_entrance } = manifest.tables
  if (acs_entrance !== undefined) acs_entrance.digest = 'f'.repeat(64)
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
  const env = { LOCKSTITCH_DATA_DIR: join(base, 'damaged-data') }
  const { code, text } = await cli(env, 'restore', '--from', folder)
  expect(code).toBe(2)
  expect(text).toContain('acs_entrance is damaged')
  const checked = await cli({ ...env, LOCKSTITCH_SECRET_KEY: newKey() }, 'verify', '--backup', folder)
  expect(checked.code).toBe(1)
  expect(checked.text).toContain('workspace: 0 rows, 1 in the backup')
  expect((await cli(env, 'restore', '--from', base)).text).toContain('is no backup')
  expect(existsSync(join(base, 'manifest.json'))).toBe(false)
}, 120_000)

test('keys are rotated while the server runs; what the old one sealed goes on to be opened', async () => {
  await using server = await startTestServer()
  const oldKey = server.env['LOCKSTITCH_SECRET_KEY'] ?? ''
  const { client_session } = await server.ok('/client_sessions/create', { user_identifier_key: 'kept' })
  await server.ok('/webhooks/create', { url: 'https://example.com/hook' })
  const sealed = async (): Promise<string[]> => {
    const rows = await server.sql<{ text: string }>(
      'SELECT token_sealed AS text FROM client_session UNION ALL SELECT secret_sealed FROM webhook',
    )
    return rows.map(({ text }) => text)
  }
  const [key, env] = [newKey(), { ...server.env }]
  env['LOCKSTITCH_SECRET_KEY'] = key
  // Without the old key nothing can be opened, and nothing is lost by trying.
  const wrong = await cli(env, 'verify')
  expect(wrong.code).toBe(1)
  expect(wrong.text).toContain('client_session.token_sealed: 1 secrets cannot be opened')
  env['LOCKSTITCH_PREVIOUS_SECRET_KEYS'] = oldKey
  expect((await cli(env, 'verify')).code).toBe(0)
  const first = await cli(env, 'rotate-keys')
  expect([first.code, first.text]).toEqual([0, expect.stringContaining('2 of 2 sealed secrets') as string])
  expect((await cli(env, 'rotate-keys')).text).toContain('0 of 2')
  const { LOCKSTITCH_PREVIOUS_SECRET_KEYS: _gone, ...alone } = env
  expect((await cli(alone, 'verify')).code).toBe(0)
  const texts = await sealed()
  const sealer = new Sealer(Buffer.from(key, 'base64'), systemIds)
  expect(texts.map((text) => sealer.open(text))).toContain((client_session as { token: string }).token)
  const old = new Sealer(Buffer.from(oldKey, 'base64'), systemIds)
  for (const text of texts) expect(() => old.open(text)).toThrow('cannot be opened')
}, 60_000)

test('every column that rests sealed is known to the commands', async () => {
  await using server = await startTestServer()
  const columns = await server.sql<{ name: string }>(
    "SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name LIKE '%sealed%' ORDER BY 1",
  )
  const source = readFileSync(join(import.meta.dirname, '../../src/store/sealed-columns.ts'), 'utf8')
  for (const { name } of columns) {
    const [table = '', column = ''] = name.split('.')
    expect(source, name).toMatch(new RegExp(`${table}: \\{ columns: \\[[^\\]]*'${column}'`))
  }
  expect(columns.length).toBeGreaterThan(4)
})
