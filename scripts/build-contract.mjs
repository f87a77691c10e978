// Writes contract/generated/ from the public API description in @seamapi/types (see contract/README.md).
//
// The description is OpenAPI 3.0 made from Zod schemas, and two of its habits are undone here: `nullable` becomes a
// JSON Schema type, and `oneOf` becomes `anyOf`, because a Zod union takes the first branch that fits while branches
// such as "by acs_system_id" and "by acs_system_id and acs_user_id" overlap, which JSON Schema's oneOf refuses.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const outDir = join(root, 'contract', 'generated')
const stampFile = join(outDir, 'source.json')

/** Undocumented operations that this server answers all the same, because older SDK generations call them. */
const SERVED_UNDOCUMENTED = [
  /^\/acs\/access_groups\/unmanaged\//,
  /^\/acs\/users\/unmanaged\//,
  /^\/acs\/credentials\/unmanaged\//,
  /^\/workspaces\/customization_profiles\//,
]

/** Documented operations that are not ours: they answer 501 with a clear error. */
const NOT_SUPPORTED = [/^\/thermostats\//, /^\/noise_sensors\//]

/** What the pinned version holds. A new pin changes these on purpose, and never unnoticed. */
const EXPECTED = { documented: 201, event_types: 109, not_supported: 31 }

const METHODS = ['post', 'get', 'put', 'patch', 'delete']

function source() {
  const types = JSON.parse(readFileSync(join(root, 'node_modules/@seamapi/types/package.json'), 'utf8'))
  const script = createHash('sha256')
    .update(readFileSync(fileURLToPath(import.meta.url)))
    .digest('hex')
  return JSON.stringify({ package: '@seamapi/types', version: types.version, script: script.slice(0, 16) }) + '\n'
}

/** True when contract/generated/ was written by this script from the installed description. */
export function contractIsFresh() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === source()
}

const isEmpty = (object) => Object.keys(object).length === 0
const mapValues = (object, change) => Object.fromEntries(Object.entries(object).map(([k, v]) => [k, change(v)]))

/** One OpenAPI 3.0 schema as JSON Schema 2020-12, without descriptions, examples and x- keys. */
export function toJsonSchema(schema) {
  const out = {}
  for (const [key, value] of Object.entries(schema)) {
    if (key.startsWith('x-')) continue
    switch (key) {
      case 'description':
      case 'title':
      case 'example':
      case 'examples':
      case 'deprecated':
      case 'discriminator':
      case 'nullable':
        break
      case 'format':
        if (value !== 'float') out.format = value
        break
      case 'oneOf':
      case 'anyOf':
        out.anyOf = value.map(toJsonSchema)
        break
      case 'allOf':
        out.allOf = value.map(toJsonSchema)
        break
      case 'items':
      case 'not':
        out[key] = toJsonSchema(value)
        break
      case 'additionalProperties':
        out[key] = typeof value === 'object' ? toJsonSchema(value) : value
        break
      case 'properties':
        out.properties = mapValues(value, toJsonSchema)
        break
      case 'minimum':
        out[schema.exclusiveMinimum === true ? 'exclusiveMinimum' : 'minimum'] = value
        break
      case 'maximum':
        out[schema.exclusiveMaximum === true ? 'exclusiveMaximum' : 'maximum'] = value
        break
      case 'exclusiveMinimum':
      case 'exclusiveMaximum':
        if (typeof value === 'number') out[key] = value
        break
      case '$ref':
        out.$ref = value.replace('#/components/schemas/', '#/$defs/')
        break
      default:
        out[key] = value
    }
  }
  return schema.nullable === true ? orNull(out) : out
}

function orNull(schema) {
  const { default: fallback, ...rest } = schema
  const withDefault = (result) => (fallback === undefined ? result : { ...result, default: fallback })
  // A lone `nullable` is how the description writes "always null", as in the error of an action attempt that succeeded.
  if (isEmpty(rest)) return withDefault({ type: 'null' })
  if (rest.type === undefined || rest.allOf || rest.$ref) {
    if (rest.anyOf && Object.keys(rest).length === 1) {
      return withDefault({ anyOf: [...rest.anyOf, { type: 'null' }] })
    }
    return withDefault({ anyOf: [rest, { type: 'null' }] })
  }
  const nullable = { ...rest, type: [rest.type, 'null'].flat() }
  if (nullable.enum && !nullable.enum.includes(null)) nullable.enum = [...nullable.enum, null]
  return withDefault(nullable)
}

/** Names of the component schemas that `node` reaches, through other schemas too. */
function reachable(node, schemas, found = new Set()) {
  if (Array.isArray(node)) for (const item of node) reachable(item, schemas, found)
  else if (node !== null && typeof node === 'object') {
    for (const [key, value] of Object.entries(node)) {
      if (key === '$ref' && typeof value === 'string') {
        const name = value.split('/').pop()
        if (!found.has(name)) {
          if (!schemas[name]) throw new Error(`The description refers to ${value}, which it does not hold.`)
          found.add(name)
          reachable(schemas[name], schemas, found)
        }
      } else reachable(value, schemas, found)
    }
  }
  return found
}

const pick = (object, names) => Object.fromEntries(Object.entries(object).filter(([name]) => names.has(name)))

/** The four files, as objects. */
export function makeContract(openapi) {
  const isDocumented = (item) => !item.post['x-undocumented']
  const paths = Object.fromEntries(
    Object.entries(openapi.paths).filter(
      ([path, item]) => isDocumented(item) || SERVED_UNDOCUMENTED.some((pattern) => pattern.test(path)),
    ),
  )
  const schemas = openapi.components.schemas
  // Webhooks carry an event without an operation saying so; events/list names it, so it is reached in any case.
  const used = reachable(paths, schemas)
  const securityNames = new Set(
    Object.values(paths).flatMap((item) =>
      METHODS.flatMap((m) => (item[m]?.security ?? []).flatMap((s) => Object.keys(s))),
    ),
  )

  const operations = {}
  const responses = { $defs: mapValues(pick(schemas, used), toJsonSchema), paths: {} }
  for (const [path, item] of Object.entries(paths)) {
    const requestSchema = item.post.requestBody?.content?.['application/json']?.schema
    const responseSchema = item.post.responses['200'].content?.['application/json']?.schema
    const request = requestSchema ? toJsonSchema(requestSchema) : null
    const requestDefs = reachable(request, schemas)
    if (requestDefs.size > 0) request.$defs = mapValues(pick(schemas, requestDefs), toJsonSchema)
    operations[path] = {
      methods: METHODS.filter((method) => item[method]).map((method) => method.toUpperCase()),
      security: (item.post.security ?? []).flatMap((scheme) => Object.keys(scheme)),
      response_key: item.post['x-response-key'] ?? null,
      request,
      paginated: responseSchema?.properties?.pagination !== undefined,
      documented: isDocumented(item),
      ...(NOT_SUPPORTED.some((pattern) => pattern.test(path)) && { not_supported: true }),
      ...(item.post['x-batch-keys'] && { batch_keys: item.post['x-batch-keys'] }),
    }
    if (responseSchema) responses.paths[path] = toJsonSchema(responseSchema)
  }

  const eventTypes = Object.fromEntries(
    schemas.event.oneOf.flatMap((variant) =>
      variant.properties.event_type.enum.map((eventType) => [eventType, variant.description ?? '']),
    ),
  )

  return {
    'openapi.json': {
      ...openapi,
      paths,
      components: {
        schemas: pick(schemas, used),
        securitySchemes: pick(openapi.components.securitySchemes, securityNames),
      },
    },
    'operations.json': operations,
    'not_supported.json': Object.keys(operations).filter((path) => operations[path].not_supported),
    'responses.json': responses,
    'event_types.json': eventTypes,
  }
}

export async function buildContract() {
  const types = await import('@seamapi/types/connect')
  const files = makeContract(types.openapi ?? types.default.openapi)
  const counted = {
    documented: Object.values(files['operations.json']).filter((operation) => operation.documented).length,
    event_types: Object.keys(files['event_types.json']).length,
    not_supported: files['not_supported.json'].length,
  }
  for (const [what, expected] of Object.entries(EXPECTED)) {
    if (counted[what] !== expected) {
      throw new Error(
        `The API description holds ${counted[what]} ${what}, and ${expected} were expected. ` +
          'If @seamapi/types was pinned anew on purpose, look at what changed and set EXPECTED in scripts/build-contract.mjs.',
      )
    }
  }
  mkdirSync(outDir, { recursive: true })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(outDir, name), JSON.stringify(content) + '\n')
  writeFileSync(stampFile, source())
  return { ...counted, operations: Object.keys(files['operations.json']).length }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { operations, documented, event_types } = await buildContract()
  console.log(`contract/generated: ${operations} operations (${documented} documented), ${event_types} event types`)
}
