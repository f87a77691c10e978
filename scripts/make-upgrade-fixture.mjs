// Makes a fixture for test/upgrade: a database as an older version of the server left it. Run it for each release:
//   git worktree add ../old <commit>, npm ci && npm run build there, then
//   node scripts/make-upgrade-fixture.mjs ../old test/upgrade/fixtures/<name>.json.gz
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import pg from 'pg'

const [checkout, target] = process.argv.slice(2)
if (checkout === undefined || target === undefined)
  throw new Error('say which checkout makes the fixture, and where it goes')

// Everything is told by a clock that stands still, so that the fixture is as good in years to come.
const NOW = '2040-06-02T12:00:00.000Z'
const STAY = { starts_at: '2040-06-01T15:00:00.000Z', ends_at: '2040-06-08T11:00:00.000Z' }
const LATER = { starts_at: '2040-06-10T15:00:00.000Z', ends_at: '2040-06-12T11:00:00.000Z' }
const apiKey = 'seam_testU_upgradeupgradeupgradeup'
const secretKey = Buffer.alloc(32, 'upgrade').toString('base64')

const folder = mkdtempSync(join(tmpdir(), 'lockstitch-upgrade-'))
chmodSync(folder, 0o755)
const child = spawn(process.execPath, [join(resolve(checkout), 'dist/main.js')], {
  env: {
    ...process.env,
    PORT: '0',
    LOCKSTITCH_DATA_DIR: folder,
    LOCKSTITCH_SANDBOX_API_KEY: apiKey,
    LOCKSTITCH_SECRET_KEY: secretKey,
    LOCKSTITCH_LOG_LEVEL: 'warn',
  },
  stdio: ['ignore', 'pipe', 'inherit'],
})
let output = ''
const url = await new Promise((done, fail) => {
  child.stdout.on('data', (chunk) => {
    output += chunk
    const match = /Base URL\s+(http:\S+)/.exec(output)
    if (match) done(match[1])
  })
  child.once('exit', (code) => fail(new Error(`the server ended with ${code}: ${output}`)))
})

async function call(path, params = {}) {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify(params),
  })
  const body = await response.json()
  if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(body)}`)
  return body
}

try {
  await call('/sandbox/clock/freeze', { now: NOW })
  const { acs_systems } = await call('/acs/systems/list')
  const building = async (external_type) => {
    const { acs_system_id } = acs_systems.find((one) => one.external_type === external_type)
    const { acs_entrances } = await call('/acs/entrances/list', { acs_system_id })
    const { acs_encoders } = await call('/acs/encoders/list', { acs_system_ids: [acs_system_id] })
    return {
      door: (name) => acs_entrances.find((one) => one.display_name === name).acs_entrance_id,
      keypads: acs_entrances.filter((one) => one.can_unlock_with_code).map((one) => one.acs_entrance_id),
      acs_encoder_id: acs_encoders[0]?.acs_encoder_id,
    }
  }
  const space = await building('salto_space_system')
  const ks = await building('salto_ks_site')
  // Nobody listens there: what is to be delivered waits.
  const { webhook } = await call('/webhooks/create', {
    url: 'http://127.0.0.1:1/hook',
    event_types: ['access_method.issued', 'access_grant.deleted'],
  })
  const grant = async (full_name, acs_entrance_ids, mode, window) => {
    const { access_grant } = await call('/access_grants/create', {
      ...{ user_identity: { full_name }, acs_entrance_ids, ...window, name: `Stay of ${full_name}` },
      requested_access_methods: [{ mode }],
    })
    await call('/sandbox/settle')
    return { ...access_grant, access_method_id: access_grant.access_method_ids[0] }
  }
  const pinOf = async ({ access_method_id }) =>
    (await call('/access_methods/get', { access_method_id })).access_method.code

  const jane = await grant('Jane Encoded', [space.door('Main Entrance'), space.door('Room 101')], 'card', STAY)
  let { action_attempt } = await call('/access_methods/encode', {
    ...{ access_method_id: jane.access_method_id, acs_encoder_id: space.acs_encoder_id },
  })
  while (action_attempt.status === 'pending')
    ({ action_attempt } = await call('/action_attempts/get', { action_attempt_id: action_attempt.action_attempt_id }))
  if (action_attempt.status !== 'success') throw new Error(JSON.stringify(action_attempt))
  const max = await grant('Max Pin', [ks.keypads[0]], 'code', STAY)
  const zoe = await grant('Zoe Waiting', [space.door('Room 102')], 'card', STAY)
  const ada = await grant('Ada Later', [ks.keypads[0]], 'code', LATER)
  const old = await grant('Ole Deleted', [ks.keypads[0]], 'code', STAY)
  const deletedPin = await pinOf(old)
  await call('/access_grants/delete', { access_grant_id: old.access_grant_id })
  const { space: group } = await call('/spaces/create', { name: 'East wing', acs_entrance_ids: [space.door('Gym')] })
  await call('/sandbox/settle')

  const story = {
    ...{ api_key: apiKey, secret_key: secretKey, now: NOW },
    space: group,
    webhook: { webhook_id: webhook.webhook_id, secret: webhook.secret },
    grants: (await call('/access_grants/list')).access_grants,
    methods: (
      await Promise.all(
        [jane, max, zoe, ada].map(({ access_method_id }) => call('/access_methods/get', { access_method_id })),
      )
    ).map(({ access_method }) => access_method),
    card: {
      ...{ number: action_attempt.result.card_number, access_grant_id: jane.access_grant_id },
      ...{ opens: jane.acs_entrance_ids ?? [space.door('Main Entrance'), space.door('Room 101')] },
      stays_shut: [space.door('Room 102')],
    },
    pin: { code: await pinOf(max), door: ks.keypads[0], access_grant_id: max.access_grant_id },
    waiting: {
      ...{ access_method_id: zoe.access_method_id, acs_encoder_id: space.acs_encoder_id },
      door: space.door('Room 102'),
    },
    later: { code: await pinOf(ada), door: ks.keypads[0], access_method_id: ada.access_method_id, ...LATER },
    deleted: { code: deletedPin, door: ks.keypads[0], access_grant_id: old.access_grant_id },
  }

  const [, , , port = '', host = ''] = readFileSync(join(folder, 'postgres/postmaster.pid'), 'utf8').split('\n')
  const password = readFileSync(join(folder, 'postgres-password'), 'utf8').trim()
  const client = new pg.Client({ host, port: Number(port), user: 'postgres', password, database: 'lockstitch' })
  await client.connect()
  // One moment, beside the running server: as a crash would leave it.
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL timezone = 'UTC'")
  const { rows } = await client.query(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1",
  )
  const tables = {}
  for (const { name } of rows) {
    const all = await client.query(`SELECT coalesce(json_agg(t ORDER BY t::text), '[]') AS rows FROM "${name}" t`)
    tables[name] = all.rows[0].rows
  }
  await client.end()
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, gzipSync(JSON.stringify({ story, tables }), { level: 9 }))
  const count = Object.values(tables).reduce((sum, list) => sum + list.length, 0)
  console.log(`${target}: ${count} rows of ${rows.length} tables, schema ${tables.schema_migration.length}`)
} finally {
  if (child.exitCode === null) {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  rmSync(folder, { recursive: true, force: true })
}
