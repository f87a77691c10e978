/** Turns a request into checked parameters by the schema of the published contract. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { errors, type ApiError, type InputIssue } from './errors.ts'

export type JsonSchema = { [keyword: string]: unknown }
export type Params = Record<string, unknown>

const ajv = new Ajv({ allErrors: true, useDefaults: true, strict: false, verbose: true })
ajv.addFormat('uuid', /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i)
// The user's documents print the address as "[email protected]" (a mail obfuscator's mark); they must work as written.
ajv.addFormat('email', /^(?:[^\s@]+@[^\s@]+\.[^\s@]+|\[email\sprotected\])$/u)
ajv.addFormat('uri', { type: 'string', validate: (text: string) => URL.canParse(text) })
ajv.addFormat('date-time', { type: 'string', validate: (text: string) => parseInstant(text) !== null })

/** Compiles a schema once; the result checks parameters and fills in defaults. */
export function compileParams(schema: JsonSchema | null): (params: Params) => void {
  let validate: ValidateFunction | null = null
  return (params) => {
    if (schema === null) return
    validate ??= ajv.compile(withTypesOfUnions(schema))
    if (!validate(params)) throw invalid(validate.errors ?? [], params)
  }
}

/**
 * A parameter that some alternatives of an `anyOf` describe must fit their description even where another alternative,
 * which says nothing of it, lets the request through: handlers read it all the same.
 */
function withTypesOfUnions(schema: JsonSchema): JsonSchema {
  const allOf = schema['allOf'] as JsonSchema[] | undefined
  const anyOf = schema['anyOf'] as JsonSchema[] | undefined
  const properties = { ...(schema['properties'] as Record<string, JsonSchema> | undefined) }
  const described = (anyOf ?? []).flatMap((one) =>
    Object.entries((one['properties'] ?? {}) as Record<string, JsonSchema>),
  )
  for (const [name, { default: _default, ...type }] of described) {
    const texts = described.filter(([other]) => other === name).map(([, one]) => JSON.stringify(one))
    if (new Set(texts).size === 1) properties[name] ??= type
  }
  return { ...schema, properties, ...(allOf === undefined ? {} : { allOf: allOf.map(withTypesOfUnions) }) }
}

function invalid(found: ErrorObject[], params: Params): ApiError {
  const issues: InputIssue[] = []
  const seen = new Set<string>()
  for (const error of ofBestBranch(found)) {
    const issue = toIssue(error, params)
    if (issue === null) continue
    const id = `${issue.path.join('.')}\n${issue.message}`
    if (!seen.has(id)) issues.push(issue)
    seen.add(id)
  }
  if (issues.length === 0) issues.push({ path: [], message: 'Invalid input' })
  return errors.invalidInput(...issues)
}

/**
 * Of the alternatives of an `anyOf` only the nearest miss is reported; when several are equally far, the root says
 * which parameters would do.
 */
function ofBestBranch(found: ErrorObject[]): ErrorObject[] {
  const branchOf = (error: ErrorObject): [group: string, branch: string] | null => {
    const match = /^(.*?\/anyOf)\/(\d+)\//.exec(error.schemaPath)
    return match === null ? null : [match[1] ?? '', match[2] ?? '']
  }
  const groups = new Map<string, Map<string, ErrorObject[]>>()
  const rest: ErrorObject[] = []
  for (const error of found) {
    if (error.keyword === 'anyOf') continue
    const at = branchOf(error)
    if (at === null) {
      rest.push(error)
      continue
    }
    const group = groups.get(at[0]) ?? new Map<string, ErrorObject[]>()
    groups.set(at[0], group)
    group.set(at[1], [...(group.get(at[1]) ?? []), error])
  }
  for (const group of groups.values()) {
    const branches = [...group.values()]
    // A wrong value beats a missing parameter: the caller evidently meant that branch.
    const weight = (branch: ErrorObject[]) =>
      branch.reduce((sum, error) => sum + (error.keyword === 'required' ? 10 : 1), 0)
    const least = Math.min(...branches.map(weight))
    const best = branches.filter((branch) => weight(branch) === least)
    const first = best[0] ?? []
    const missing = best.map((branch) => branch.filter((error) => error.keyword === 'required').map(missingProperty))
    if (best.length > 1 && missing.every((names) => names.length > 0)) {
      const names = [...new Set(missing.flat())].map((name) => `\`${name}\``)
      const message = `Must specify ${names.length > 1 ? `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}` : names.join('')}`
      rest.push({ ...(first[0] as ErrorObject), keyword: 'custom', message })
    } else {
      rest.push(...first)
    }
  }
  return rest
}

function missingProperty(error: ErrorObject): string {
  return String((error.params as { missingProperty: string }).missingProperty)
}

function toIssue(error: ErrorObject, params: Params): InputIssue | null {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  const limit = (error.params as { limit?: number }).limit
  switch (error.keyword) {
    case 'required':
      return { path: [...path, missingProperty(error)], message: 'Required' }
    case 'additionalProperties':
      return {
        path: [],
        message: `Unrecognized key(s) in object: '${String((error.params as { additionalProperty: string }).additionalProperty)}'`,
      }
    case 'type':
      return { path, message: `Expected ${typeNames(error.schema)}, received ${nameOf(valueAt(params, path))}` }
    case 'enum': {
      const allowed = (error.schema as unknown[]).filter((value) => value !== null).map(quoted)
      return {
        path,
        message: `Invalid enum value. Expected ${allowed.join(' | ')}, received ${quoted(valueAt(params, path))}`,
      }
    }
    case 'format':
      return { path, message: FORMATS[String(error.schema)] ?? `Invalid ${String(error.schema)}` }
    case 'pattern':
      return {
        path,
        message: error.schema === '^\\d+$' ? 'Must consist of digits only' : `Must match ${String(error.schema)}`,
      }
    case 'minLength':
      return { path, message: `String must contain at least ${String(limit)} character(s)` }
    case 'maxLength':
      return { path, message: `String must contain at most ${String(limit)} character(s)` }
    case 'minItems':
      return { path, message: `Array must contain at least ${String(limit)} element(s)` }
    case 'maxItems':
      return { path, message: `Array must contain at most ${String(limit)} element(s)` }
    case 'minimum':
      return { path, message: `Number must be greater than or equal to ${String(limit)}` }
    case 'exclusiveMinimum':
      return { path, message: `Number must be greater than ${String(limit)}` }
    case 'exclusiveMaximum':
      return { path, message: `Number must be less than ${String(limit)}` }
    case 'maximum':
      return { path, message: `Number must be less than or equal to ${String(limit)}` }
    case 'custom':
      return { path: [], message: error.message ?? 'Invalid input' }
    case 'if':
    case 'not':
      return null
    default:
      return { path, message: 'Invalid' }
  }
}

/** What a text must be, where saying so helps more than the name of the format. */
const FORMATS: Record<string, string> = {
  'date-time': 'Invalid datetime: send ISO 8601, for example 2025-06-16T16:54:17Z',
  email: 'Invalid email: send an address such as name@example.com',
  uri: 'Invalid url: send an absolute one, for example https://example.com/hooks',
}

function typeNames(schema: unknown): string {
  return (Array.isArray(schema) ? schema : [schema]).filter((name) => name !== 'null').join(' | ')
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value)
}

function nameOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function valueAt(params: unknown, path: string[]): unknown {
  let value = params
  for (const key of path) value = (value as Params | undefined)?.[key]
  return value
}

/** The years 1 to 9999: what ISO 8601 writes with four digits, and the database keeps. */
const EARLIEST_MS = Date.parse('0001-01-01T00:00:00.000Z')
const LATEST_MS = Date.parse('9999-12-31T23:59:59.999Z')

/** Any ISO 8601 date or date-time -> milliseconds, or null. Bare dates and offset-less times are UTC (core.md 1.9). */
export function parseInstant(text: string): number | null {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(\.\d+)?\s*(Z|z|[+-]\d{2}:?\d{2})?)?$/.exec(
    text.trim(),
  )
  if (match === null) return null
  const [, date = '', time = '00:00', fraction = '', zone = 'Z'] = match
  const offset = zone.toUpperCase() === 'Z' ? 'Z' : zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone
  const ms = Date.parse(`${date}T${time.length === 5 ? `${time}:00` : time}${fraction.slice(0, 4)}${offset}`)
  // 2025-02-30 would roll over to March.
  if (!(ms >= EARLIEST_MS && ms <= LATEST_MS)) return null
  if (new Date(`${date}T00:00:00Z`).toISOString().slice(0, 10) !== date) return null
  return ms
}

/** Refuses text that no database stores: the character NUL and halves of surrogate pairs. */
export function refuseUnstorable(value: unknown, path: string[] = []): void {
  if (typeof value === 'string') {
    if (/[\0\p{Surrogate}]/u.test(value))
      throw errors.invalidInput({ path, message: 'Must not contain NUL or half a surrogate pair' })
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      refuseUnstorable(key, path)
      refuseUnstorable(inner, [...path, key])
    }
  }
}

/** The schema of a top-level parameter, looked for through allOf and anyOf. */
function propertySchema(schema: JsonSchema, name: string): JsonSchema | null {
  const properties = schema['properties'] as Record<string, JsonSchema> | undefined
  if (properties?.[name] !== undefined) return properties[name]
  for (const keyword of ['allOf', 'anyOf', 'oneOf']) {
    for (const part of (schema[keyword] as JsonSchema[] | undefined) ?? []) {
      const found = propertySchema(part, name)
      if (found !== null) return found
    }
  }
  return null
}

function acceptsType(schema: JsonSchema, type: string): boolean {
  const own = schema['type']
  if (own === type || (Array.isArray(own) && own.includes(type))) return true
  return ['anyOf', 'oneOf', 'allOf'].some((keyword) =>
    ((schema[keyword] as JsonSchema[] | undefined) ?? []).some((part) => acceptsType(part, type)),
  )
}

/**
 * Parameters from a query string, typed by the schema (core.md 1.2): `k=a&k=b`, `k[]=a` and `k=a,b` for arrays, `k=` for
 * an empty array or null, `a.b=1` for nested objects, numbers and booleans from their texts.
 */
export function parseQuery(query: string, schema: JsonSchema | null): Params {
  const params: Params = {}
  const given = new Map<string, string[]>()
  for (const [rawKey, value] of new URLSearchParams(query)) {
    if (rawKey === '_strict') continue
    const key = rawKey.endsWith('[]') ? rawKey.slice(0, -2) : rawKey
    if (/\[\d+\]$/.test(key)) {
      throw errors.badRequest(
        'invalid_query_params',
        `Indexed array syntax is not supported for "${key}": repeat the parameter instead`,
      )
    }
    given.set(key, [...(given.get(key) ?? []), value])
  }
  for (const [key, values] of given) {
    const [head = key, ...nested] = key.split('.')
    if (nested.length > 0) {
      let node = (params[head] ??= {}) as Params
      for (const part of nested.slice(0, -1)) node = (node[part] ??= {}) as Params
      node[nested.at(-1) ?? ''] = values.at(-1) ?? ''
      continue
    }
    params[key] = typed(values, schema === null ? null : propertySchema(schema, key))
  }
  return params
}

function typed(values: string[], schema: JsonSchema | null): unknown {
  const last = values.at(-1) ?? ''
  if (schema === null) return values.length > 1 ? values : last
  if (acceptsType(schema, 'array')) {
    const items = values.length === 1 ? last.split(',') : values
    return items.length === 1 && items[0] === '' ? [] : items
  }
  if (last === '') return acceptsType(schema, 'null') ? null : last
  if (acceptsType(schema, 'boolean') && (last === 'true' || last === 'false')) return last === 'true'
  if (
    (acceptsType(schema, 'number') || acceptsType(schema, 'integer')) &&
    last.trim() !== '' &&
    Number.isFinite(Number(last))
  )
    return Number(last)
  return last
}
