// What those who run the server see: health, metrics, and a log that follows a request to the access system.
import { afterAll, expect, test } from 'vitest'
import { startTestServer } from '../support/server.ts'

interface Line {
  level: string
  fields: Record<string, unknown>
  message: string
}
const lines: Line[] = []
const server = await startTestServer({
  env: { LOCKSTITCH_MANAGEMENT_PORT: '0' },
  onLog: (level, fields, message) => lines.push({ level, fields: fields as Line['fields'], message }),
})
afterAll(() => server[Symbol.asyncDispose]())
const management = `http://127.0.0.1:${String(server.server.managementPort)}`
const { acs_entrances } = await server.ok('/acs/entrances/list', { acs_system_id: await server.systemOf('salto_ks') })
const door = (acs_entrances as { acs_entrance_id: string; can_unlock_with_code: boolean }[]).find(
  (one) => one.can_unlock_with_code,
)?.acs_entrance_id

const grant = () =>
  server.post('/access_grants/create', {
    user_identity: { full_name: 'Jane Metric' },
    acs_entrance_ids: [door],
    requested_access_methods: [{ mode: 'code' }],
    starts_at: new Date().toISOString(),
  })
const metrics = async (): Promise<string> => (await fetch(`${management}/metrics`)).text()
/** The sum of a counter over the lines whose labels have all of these. */
function sum(text: string, name: string, ...labels: string[]): number {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)))
    .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0)
}

test('requests, jobs, access systems and doors are counted, and nothing names a person, an id or a key', async () => {
  const before = await metrics()
  const { body } = await grant()
  await server.settle()
  const { access_grant_id } = body['access_grant'] as { access_grant_id: string }
  const { access_methods } = await server.ok('/access_methods/list', { access_grant_id })
  const [{ code }] = access_methods as [{ code: string }]
  await server.ok('/sandbox/doors/enter_code', { acs_entrance_id: door, code })
  await server.post('/access_grants/get', { access_grant_id: crypto.randomUUID() })
  await server.post('/no/such/path')
  const text = await metrics()
  const more = (name: string, ...labels: string[]) => sum(text, name, ...labels) - sum(before, name, ...labels)
  expect(more('lockstitch_http_requests_total', 'operation="/access_grants/create"', 'status="200"')).toBe(1)
  expect(more('lockstitch_http_requests_total', 'operation="/access_grants/get"', 'status="404"')).toBe(1)
  expect(more('lockstitch_http_requests_total', 'operation="other"', 'status="404"')).toBe(1)
  expect(more('lockstitch_jobs_total', 'kind="provision"', 'outcome="done"')).toBeGreaterThan(0)
  expect(more('lockstitch_driver_calls_total', 'provider="salto_ks"', 'outcome="ok"')).toBeGreaterThan(0)
  expect(more('lockstitch_door_attempts_total', 'opened="true"', 'reason="granted"')).toBe(1)
  expect(text).toContain('process_resident_memory_bytes')
  for (const secret of [code, access_grant_id, server.workspaceId, server.apiKey, 'Jane'])
    expect(text).not.toContain(secret)
})

test('deliveries of webhooks are counted by how they ended', async () => {
  const before = await metrics()
  await server.ok('/webhooks/create', { url: 'http://127.0.0.1:1/hook', event_types: ['space.created'] })
  await server.ok('/spaces/create', { name: 'Heard of by nobody' })
  const retries = async () => sum(await metrics(), 'lockstitch_webhook_deliveries_total', 'outcome="retry"')
  await expect.poll(retries, { timeout: 10_000 }).toBeGreaterThan(sum(before, 'lockstitch_webhook_deliveries_total'))
})

test('work that waits is seen: how much, and since when', async () => {
  const acs_system_id = await server.systemOf('salto_ks')
  await server.ok('/sandbox/systems/set_fault', { acs_system_id, fault: 'slow', delay_ms: 3000 })
  try {
    await grant()
    const text = await metrics()
    expect(sum(text, 'lockstitch_jobs_due')).toBeGreaterThan(0)
    expect(text).toMatch(/lockstitch_job_lag_seconds\{kind="provision"\} \d/)
  } finally {
    await server.ok('/sandbox/systems/set_fault', { acs_system_id, fault: 'none' })
    await server.settle()
  }
  expect(sum(await metrics(), 'lockstitch_jobs_due', 'kind="provision"')).toBe(0)
})

test('a request is followed in the log to what the access system was asked; PINs are not in it', async () => {
  lines.length = 0
  const reply = await grant()
  await server.settle()
  const request_id = reply.headers.get('seam-request-id')
  const asked = lines.filter((line) => line.message === 'an access system was asked')
  const own = asked.filter((line) => line.fields['request_id'] === request_id)
  expect(own.map((line) => line.fields['provider'])).toContain('salto_ks')
  expect(own.every((line) => line.fields['outcome'] === 'ok')).toBe(true)
  const answered = lines.find((line) => line.fields['request_id'] === request_id && line.fields['status'] === 200)
  expect(answered?.fields).toMatchObject({ method: 'POST', path: '/access_grants/create' })
  const { access_methods } = await server.ok('/access_methods/list', {
    access_grant_id: (reply.body['access_grant'] as { access_grant_id: string }).access_grant_id,
  })
  const [{ code }] = access_methods as [{ code: string }]
  expect(JSON.stringify(lines)).not.toContain(`"${code}"`)
  expect(JSON.stringify(lines)).not.toContain('Jane Metric')
})

test('it lives, it is ready, and says when it is not', async () => {
  for (const base of [management, server.url]) {
    for (const path of ['/health', '/health/live', '/health/ready']) {
      const reply = await fetch(base + path)
      expect([path, reply.status, await reply.json()]).toEqual([path, 200, { ok: true }])
    }
  }
  expect((await fetch(`${management}/nothing`)).status).toBe(404)
  await using stopping = await startTestServer({ env: { LOCKSTITCH_MANAGEMENT_PORT: '0' } })
  const { readiness } = stopping.server.services
  expect(await readiness.answerTo('/health/ready')).toEqual({ status: 200, body: { ok: true } })
  await stopping.stop()
  expect(await readiness.answerTo('/health/ready')).toEqual({
    status: 503,
    body: { ok: false, problem: 'The process is stopping.' },
  })
})

test('without the setting there is no such port, and the API does not show metrics', async () => {
  await using plain = await startTestServer()
  expect(plain.server.managementPort).toBeNull()
  expect((await fetch(`${plain.url}/metrics`)).status).toBe(404)
})
