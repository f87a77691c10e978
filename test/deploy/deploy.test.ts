// What is deployed holds to its word where no engine runs: the chart and the compose file say what they should, and name
// only settings, files and paths that there are.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { render } from './template.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const chart = 'deploy/helm/lockstitch'
/** What the tests look into, field by field. */
type Thing = Record<string, any> // eslint-disable-line @typescript-eslint/no-explicit-any

const SETTINGS = new Set([...read('src/config.ts').matchAll(/(?:value|count)\('([A-Z_]+)'/g)].map(([, name]) => name))

function rendered(change: Thing = {}): Thing[] {
  const Values = { ...(parse(read(`${chart}/values.yaml`)) as Thing), ...change }
  const scope = { Values, Release: { Name: 'doors' } }
  return readdirSync(join(root, chart, 'templates'))
    .flatMap((file) => parseAllDocuments(render(read(`${chart}/templates/${file}`), scope)))
    .map((document) => {
      expect(document.errors).toEqual([])
      return document.toJS() as Thing | null
    })
    .filter((one): one is Thing => one !== null)
}

test('the chart makes API and workers, each with a budget, and one service for the API', () => {
  const things = rendered()
  expect(things.map(({ kind, metadata }) => `${String(kind)} ${String((metadata as Thing)['name'])}`).sort()).toEqual([
    'Deployment doors-api',
    'Deployment doors-worker',
    'PodDisruptionBudget doors-api',
    'PodDisruptionBudget doors-worker',
    'Service doors',
  ])
  for (const { spec } of things.filter(({ kind }) => kind === 'Deployment')) {
    const pod = (spec as Thing)['template'].spec as Thing
    const [container] = pod['containers'] as [Thing]
    expect(pod['securityContext']).toMatchObject({ runAsNonRoot: true })
    expect(container['securityContext']).toMatchObject({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    })
    for (const { name } of container['env'] as Thing[]) expect(SETTINGS).toContain(name)
    expect(container['resources']).toMatchObject({ requests: { cpu: '250m' } })
    // Probes go to a port that the image opens, at paths that there are (test/operations/management.test.ts).
    const ports = Object.fromEntries(
      (container['ports'] as Thing[]).map(({ name, containerPort }) => [name, containerPort]),
    )
    expect(ports).toEqual({ http: 3000, management: 9100 })
    expect(read('Dockerfile')).toContain('PORT=3000 LOCKSTITCH_MANAGEMENT_PORT=9100')
    expect([container['livenessProbe'].httpGet, container['readinessProbe'].httpGet]).toEqual([
      { path: '/health/live', port: 'management' },
      { path: '/health/ready', port: 'management' },
    ])
    // Longer than a process takes to drain (src/provisioning/worker.ts: 5 s).
    expect(pod['terminationGracePeriodSeconds']).toBeGreaterThan(10)
  }
})

test('the service finds the pods of the API and no others', () => {
  const things = rendered()
  const { selector } = things.find(({ kind }) => kind === 'Service')?.['spec'] as Thing
  const matching = things.filter(({ kind, spec }) => {
    if (kind !== 'Deployment') return false
    const labels = (spec as Thing)['template'].metadata.labels as Thing
    return Object.entries(selector as Thing).every(([name, value]) => labels[name] === value)
  })
  expect(matching.map(({ metadata }) => (metadata as Thing)['name'] as string)).toEqual(['doors-api'])
})

test('settings and the ingress of an operator come through', () => {
  const ingress = { enabled: true, className: 'nginx', host: 'doors.example.com', tlsSecretName: 'tls' }
  const things = rendered({ ingress, settings: { LOCKSTITCH_REQUESTS_AT_ONCE: 64 } })
  expect(things.find(({ kind }) => kind === 'Ingress')?.['spec']).toMatchObject({
    ingressClassName: 'nginx',
    rules: [{ host: 'doors.example.com' }],
  })
  const api = things.find(({ metadata }) => (metadata as Thing)['name'] === 'doors-api')
  expect(api?.['spec'].template.spec.containers[0].env).toContainEqual({
    name: 'LOCKSTITCH_REQUESTS_AT_ONCE',
    value: '64',
  })
})

test('the compose file runs the roles on a read-only root, and names only settings that there are', () => {
  const { services } = parse(read('compose.yaml'), { merge: true }) as { services: Record<string, Thing> }
  expect(Object.keys(services).sort()).toEqual(['api', 'database', 'worker'])
  for (const [name, role] of Object.entries({ api: 'api,console', worker: 'worker' })) {
    const service = services[name] as Thing
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], tmpfs: ['/tmp'] })
    expect(service['environment']).toMatchObject({ LOCKSTITCH_ROLES: role })
    for (const setting of Object.keys(service['environment'] as Thing)) expect(SETTINGS).toContain(setting)
  }
  expect(services['database']?.['environment']).toMatchObject({ POSTGRES_DB: 'lockstitch' })
})

test('the image runs as a user without rights, and copies what the server reads', () => {
  const dockerfile = read('Dockerfile')
  const last = dockerfile.slice(dockerfile.lastIndexOf('FROM '))
  expect(last).toMatch(/^USER node$/m)
  expect(last).not.toMatch(/^USER root$/m)
  expect(last).toContain('ENTRYPOINT ["node", "dist/main.js"]')
  for (const folder of ['node_modules', 'contract', 'dist']) expect(last).toContain(`/app/${folder} ./${folder}`)
  for (const [, name = ''] of last.matchAll(/\b(LOCKSTITCH_[A-Z_]+|HOST|PORT)=/g)) expect(SETTINGS).toContain(name)
})
