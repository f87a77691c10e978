// Traces: from a request over its commands and jobs to the access system and the webhook, in whichever process that is.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { Cluster, KEY } from '../../storm/processes.ts'
import { startCollector, type CollectedSpan, type Collector } from '../support/otlp-collector.ts'
import { until } from '../support/process.ts'
import { startTestServer } from '../support/server.ts'
import { startReceiver } from '../support/webhook-receiver.ts'

const root = join(import.meta.dirname, '../..')
const script = join(root, 'dist/main.js')
execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'ignore' })

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const CALLER_SPAN = '00f067aa0ba902b7'
const WINDOW = { starts_at: '2040-06-01T15:00:00.000Z', ends_at: '2040-06-04T11:00:00.000Z' }
const [SERVER, CLIENT, CONSUMER] = [2, 3, 5]

// Read by the libraries from the process itself: here for servers within it, and handed on to those that are started.
vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '50')

const environment = (collector: Collector): Record<string, string> => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
})

/* Answers are read field by field. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Body = Record<string, any>

async function call(url: string, path: string, params: object, traceparent?: string): Promise<Body> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${KEY}`,
      ...(traceparent === undefined ? {} : { traceparent }),
    },
    body: JSON.stringify(params),
  })
  const body = (await response.json()) as Body
  if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(body)}`)
  return body
}

test('one trace holds a grant and its encode: requests, commands, jobs, access system and webhooks, over two processes', async () => {
  await using collector = await startCollector()
  await using receiver = await startReceiver()
  await using cluster = await Cluster.start(script, { api: 1, worker: 1 }, environment(collector))
  const [url = ''] = cluster.urls()
  const traceparent = `00-${TRACE}-${CALLER_SPAN}-01`
  const secretPath = 'hook-token-d41d8cd98f00b204'
  const { webhook } = await call(url, '/webhooks/create', {
    url: receiver.url.replace('/webhook', `/${secretPath}`),
    event_types: ['access_method.issued'],
  })
  const { acs_systems } = await call(url, '/acs/systems/list', {})
  const system = (type: string): string =>
    (acs_systems as Body[]).find((one) => one['external_type'] === type)?.['acs_system_id'] as string
  const door = async (acs_system_id: string, name: string): Promise<string> =>
    ((await call(url, '/acs/entrances/list', { acs_system_id }))['acs_entrances'] as Body[]).find(
      (one) => one['display_name'] === name,
    )?.['acs_entrance_id'] as string
  const space = system('salto_space_system')
  const ks = system('salto_ks_site')
  const person = { full_name: 'Jane Traced', email_address: 'jane.traced@example.com', phone_number: '+15550142857' }
  const grant = async (acs_entrance_id: string, mode: string): Promise<string> => {
    const params = {
      ...{ user_identity: person, acs_entrance_ids: [acs_entrance_id], ...WINDOW, name: 'Stay of Traced' },
      requested_access_methods: [{ mode }],
    }
    const { access_grant } = await call(url, '/access_grants/create', params, traceparent)
    await call(url, '/sandbox/settle', {})
    return (access_grant as Body)['access_method_ids'][0] as string
  }
  const card = await grant(await door(space, 'Gym'), 'card')
  const ksDoors = await call(url, '/acs/entrances/list', { acs_system_id: ks })
  const keypad = (ksDoors['acs_entrances'] as Body[]).find((one) => one['can_unlock_with_code'] === true)
  Object.assign(person, {
    full_name: 'John Traced',
    email_address: 'john.traced@example.com',
    phone_number: '+15550142858',
  })
  const pin = await grant(keypad?.['acs_entrance_id'] as string, 'code')
  const { acs_encoders } = await call(url, '/acs/encoders/list', { acs_system_ids: [space] })
  const { action_attempt } = await call(
    url,
    '/access_methods/encode',
    { access_method_id: card, acs_encoder_id: (acs_encoders as Body[])[0]?.['acs_encoder_id'] as string },
    traceparent,
  )
  const { result } = await until(async () => {
    const { action_attempt_id } = action_attempt as Body
    const attempt = (await call(url, '/action_attempts/get', { action_attempt_id }))['action_attempt'] as Body
    return attempt['status'] === 'success' ? attempt : null
  })
  // The card's and the PIN's.
  const issued = await receiver.waitFor(2, 'access_method.issued', 30_000)
  const { code } = (await call(url, '/access_methods/get', { access_method_id: pin }))['access_method'] as Body

  const ours = (): CollectedSpan[] => collector.spans().filter(({ traceId }) => traceId === TRACE)
  // Every span hangs on another of the trace, or on the caller's own; a parent ends, and is sent, after its children.
  const adrift = (spans: CollectedSpan[]): CollectedSpan[] => {
    const known = new Set([CALLER_SPAN, ...spans.map(({ spanId }) => spanId)])
    return spans.filter(({ parentSpanId = '' }) => !known.has(parentSpanId))
  }
  await until(() => {
    const isDelivered = ours().filter(({ name }) => name === 'webhook POST').length >= 2
    return Promise.resolve(isDelivered && adrift(ours()).length === 0)
  }, 20)
  const spans = ours()
  const byId = new Map(spans.map((span) => [span.spanId, span]))
  const lineage = (span: CollectedSpan): string[] => {
    const parent = byId.get(span.parentSpanId ?? '')
    return [...(parent === undefined ? [] : lineage(parent)), span.name]
  }
  const lineages = spans.map((span) => lineage(span).join(' > '))
  expect(lineages).toContain(
    'POST /access_methods/encode > command > job run_action_attempt > salto_space cardEncoding.encode',
  )
  expect(lineages.some((one) => /^POST \/access_grants\/create > command > .*salto_ks apply/.test(one))).toBe(true)
  const delivered = lineages.filter((one) => one.endsWith('command > job deliver_webhook > webhook POST'))
  expect(delivered.map((one) => one.split(' > ')[0]).sort()).toEqual([
    'POST /access_grants/create',
    'POST /access_methods/encode',
  ])

  const of = (name: string): CollectedSpan => spans.find((span) => span.name === name) ?? expect.fail(name)
  const request = of('POST /access_methods/encode')
  expect(request).toMatchObject({ kind: SERVER, parentSpanId: CALLER_SPAN, status: 0 })
  expect(request.attributes).toMatchObject({ 'http.route': '/access_methods/encode', 'http.response.status_code': 200 })
  expect(request.resource).toMatchObject({ 'service.name': 'lockstitch', 'lockstitch.roles': ['api'] })
  const job = of('job run_action_attempt')
  expect(job).toMatchObject({ kind: CONSUMER, resource: { 'lockstitch.roles': ['worker'] } })
  expect(job.attributes).toMatchObject({
    'lockstitch.job.kind': 'run_action_attempt',
    'lockstitch.job.outcome': 'done',
  })
  expect(of('salto_space cardEncoding.encode')).toMatchObject({
    kind: CLIENT,
    attributes: { 'lockstitch.provider': 'salto_space', 'lockstitch.acs_system_id': space },
  })
  // The receiver can go on with the trace.
  const posts = spans.filter(({ name }) => name === 'webhook POST')
  expect(posts.map(({ attributes }) => attributes['http.response.status_code'])).toEqual([200, 200])
  expect(issued.map(({ headers }) => headers['traceparent']).sort()).toEqual(
    posts.map(({ spanId }) => `00-${TRACE}-${spanId}-01`).sort(),
  )

  const everything = collector.requests.map(({ body }) => body.toString('utf8')).join('\n')
  expect(everything).toContain(request.spanId)
  const { card_number } = result as { card_number: string }
  expect(card_number).toMatch(/\w{4}/)
  expect(code).toMatch(/^\d{4,}$/)
  const secret = (webhook as Body)['secret'] as string
  // As values of their own: a short PIN may well be found within an id.
  for (const text of [code as string, card_number]) expect(everything).not.toContain(`"${text}"`)
  for (const text of [KEY, secret, secretPath, 'Traced', 'traced@example', '1555014', 'Bearer'])
    expect(everything).not.toContain(text)
}, 90_000)

test('a trace that is not sampled is passed on and not sent; one that cannot be read begins anew', async () => {
  await using collector = await startCollector()
  await using receiver = await startReceiver()
  await using server = await startTestServer({ env: environment(collector) })
  await server.ok('/webhooks/create', { url: receiver.url, event_types: ['space.created'] })
  const create = (traceparent: string) =>
    server.post('/spaces/create', { name: 'Traced' }, server.apiKey, { traceparent })
  const before = await receiver.waitFor(0)
  expect(before).toHaveLength(0)
  await create(`00-${TRACE}-${CALLER_SPAN}-00`)
  const [unsampled] = await receiver.waitFor(1, 'space.created')
  expect(unsampled?.headers['traceparent']).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`))
  for (const wrong of [`00-${'0'.repeat(32)}-${CALLER_SPAN}-01`, `ff-${TRACE}-${CALLER_SPAN}-01`, 'x'.repeat(5000)])
    expect((await create(wrong)).status).toBe(200)
  const anew = (await receiver.waitFor(4, 'space.created')).slice(1).map(({ headers }) => headers['traceparent'])
  await server.stop()
  const sent = collector.spans()
  for (const traceparent of anew) {
    const [, traceId] = String(traceparent).split('-')
    expect(traceId).not.toBe(TRACE)
    const [first] = sent.filter((span) => span.traceId === traceId && span.name === 'POST /spaces/create')
    expect(first?.parentSpanId ?? '').toBe('')
  }
  expect(sent.some(({ traceId }) => traceId === TRACE)).toBe(false)
})

test('spans leave as protobuf unless told otherwise, and at the latest when the server stops', async () => {
  await using collector = await startCollector()
  await using server = await startTestServer({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/base/` } })
  expect((await server.post('/spaces/get', { space_id: 'no id' })).status).toBe(400)
  await server.stop()
  expect(collector.requests.length).toBeGreaterThan(0)
  for (const { path, headers } of collector.requests) {
    expect(path).toBe('/base/v1/traces')
    expect(headers['content-type']).toBe('application/x-protobuf')
  }
  const text = Buffer.concat(collector.requests.map(({ body }) => body)).toString('latin1')
  for (const word of ['POST /spaces/get', 'invalid_input', 'http.response.status_code']) expect(text).toContain(word)
})

test('a collector that hangs holds up no request and no stop', async () => {
  await using collector = await startCollector()
  collector.answer = 'hang'
  await using server = await startTestServer({ env: environment(collector) })
  for (let round = 0; round < 10; round++) {
    const replies = await Promise.all(Array.from({ length: 100 }, () => server.post('/workspaces/get')))
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]))
  }
  await until(() => Promise.resolve(collector.requests.length > 0))
  const startedAt = performance.now()
  await server.stop()
  // The exporter itself would wait 10 s for an answer.
  expect(performance.now() - startedAt).toBeLessThan(8000)
})

test('a collector that refuses, or is not there, is told of in the log', async () => {
  await using collector = await startCollector()
  collector.answer = 400
  const lines: { level: string; fields: Record<string, unknown>; message: string }[] = []
  await using server = await startTestServer({
    env: environment(collector),
    onLog: (level, fields, message) => lines.push({ level, fields: fields as Record<string, unknown>, message }),
  })
  await server.ok('/workspaces/get')
  const told = await until(() => Promise.resolve(lines.find(({ message }) => message.includes('OpenTelemetry'))))
  expect(told).toMatchObject({ level: 'warn', fields: { reason: 400 } })
  const sent = collector.requests.length
  await server.ok('/workspaces/get')
  await until(() => Promise.resolve(collector.requests.length > sent))
  // Once a minute at most.
  expect(lines.filter(({ message }) => message.includes('OpenTelemetry'))).toHaveLength(1)

  await using alone = await startTestServer({
    env: { ...environment(collector), OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' },
  })
  await alone.ok('/spaces/create', { name: 'Without a collector' })
  const startedAt = performance.now()
  await alone.stop()
  expect(performance.now() - startedAt).toBeLessThan(8000)
})

test('without an endpoint nothing of it is loaded', () => {
  // The libraries are asked for where they are first needed, and nowhere else.
  const built = readFileSync(script, 'utf8')
  expect(built).toContain('import("@opentelemetry/sdk-trace-base")')
  expect(built).not.toMatch(/^import .*@opentelemetry/m)
})

test.each([
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
    /OTEL_EXPORTER_OTLP_ENDPOINT must be an absolute http or https URL/,
  ],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'grpc://c:1' }, /OTEL_EXPORTER_OTLP_TRACES_ENDPOINT must be/],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    /OTEL_EXPORTER_OTLP_PROTOCOL must be http\/protobuf or http\/json/,
  ],
])('%o is refused', (env, message) => {
  expect(() => readConfig(env)).toThrow(message)
})

test.each([
  [{}, null],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_SDK_DISABLED: 'true' }, null],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_TRACES_EXPORTER: 'none' }, null],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318/' }, { url: 'http://c:4318/v1/traces', protocol: 'http/protobuf' }],
  [
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://c/t', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' },
    { url: 'https://c/t', protocol: 'http/json' },
  ],
])('%o means %o', (env, tracing) => {
  expect(readConfig(env as Record<string, string>).tracing).toEqual(tracing)
})
