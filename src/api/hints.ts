/**
 * What a caller should hear about parameters that change nothing, or not what was meant. The contract lets unknown names
 * pass (core.md 1.1), and the real danger is a name that is nearly right: `end_at` for `ends_at` would be access for
 * ever, and a misspelt filter lists everything. So a name that resembles one of the operation's own is refused, and any
 * other unknown name is passed over but told in the answer's `warnings`, as are times without a time zone.
 */
import type { InputIssue } from './errors.ts'
import { parseInstant, type JsonSchema, type Params } from './validation.ts'

/** Something about the request that was not done as written; stands in `warnings` beside the answer itself. */
export interface RequestWarning {
  warning_code: 'unrecognized_parameter' | 'time_zone_assumed' | 'parameter_ignored' | 'nothing_to_do' | 'no_effect_yet'
  /** Path of the parameter it is about. */
  parameter: string
  message: string
}

export interface Hints {
  /** Names that are nearly those of parameters that were left out. */
  misspelt: InputIssue[]
  warnings: RequestWarning[]
}

/** Older and documented spellings that operations read although the published schema has others (core.md 14, access-systems.md 0). */
const SPELLINGS_OF_METADATA = [
  'assign_new_card',
  'assign_new_key',
  'update_current_key',
  'is_override_key',
  'joiners',
  'detect_new_tags',
]

/** What people call a parameter, by the words of which their name consists: `{words: [parameters]}`. */
const OTHER_NAMES: readonly [names: RegExp, parameters: readonly string[]][] = [
  [
    /^(starts?|begins?|from|valid_?from|not_?before|check_?in|arrival|effective)(_?(at|on|date|time|datetime|ts))?$/,
    ['starts_at'],
  ],
  [
    /^(ends?|until|till|to|valid_?(until|till|to)|not_?after|expir(es|y|ation)|check_?out|departure|finish(es)?)(_?(at|on|date|time|datetime|ts))?$/,
    ['ends_at', 'expires_at'],
  ],
  [/^(pin|pin_?code|access_?code|pass_?code|key_?code|door_?code)$/, ['code']],
  [/^(e?mail|email_?addr)$/, ['email_address']],
  [/^(phone|mobile|phone_?no|tel|telephone)$/, ['phone_number']],
  [/^(guest|person|display)?_?name$/, ['full_name', 'name']],
  [/^(doors?|entrances?|locks?)(_?ids?)?$/, ['acs_entrance_ids', 'acs_entrance_id', 'allowed_acs_entrance_ids']],
  [/^acs_entrance_ids?$/, ['allowed_acs_entrance_ids', 'acs_entrance_ids', 'acs_entrance_id']],
  [/^(zones?|areas?|rooms?|locations?)(_?ids?)?$/, ['space_ids', 'space_id']],
  [/^(zone|area|room|location)_?keys?$/, ['space_keys', 'space_key']],
  [/^(user|person|guest|identity)_?id$/, ['user_identity_id', 'acs_user_id']],
  [/^(user|person|guest|identity)_?key$/, ['user_identity_key']],
  [/^(reservation|booking|stay)(_?(id|key|number|no))?$/, ['reservation_key']],
  [/^(grant|access_grant)_?id$/, ['access_grant_id']],
  [/^(access_)?methods?$/, ['requested_access_methods', 'access_method', 'mode']],
  [/^(requested_)?(access_)?modes?$/, ['mode', 'requested_access_methods']],
  [/^(max_?uses?|max_?use_?count|uses)$/, ['instant_key_max_use_count', 'max_use_count']],
  [/^encoder(_?id)?$/, ['acs_encoder_id']],
  [/^credential(_?id)?$/, ['acs_credential_id']],
  [/^(group|access_?group)_?ids?$/, ['acs_access_group_id', 'acs_access_group_ids']],
  [/^(system|acs_?system)_?ids?$/, ['acs_system_id', 'acs_system_ids']],
  [/^card(_?(no|id|num))?$/, ['card_number']],
  [/^schedule$/, ['access_schedule']],
  [/^(events?|types?|event_?type)$/, ['event_types', 'event_type']],
]

/** Looks once at a schema; the result looks at the parameters of one request. `accepts`: names read beside the schema's. */
export function compileHints(
  path: string,
  schema: JsonSchema | null,
  accepts: readonly string[] = [],
): (params: Params) => Hints | null {
  const root = schema === null ? null : shapeOf(schema)
  const own = new Set([...(root?.names.keys() ?? []), ...accepts])
  if (own.has('page_cursor')) {
    // The older name of it (core.md 1.8).
    own.add('next_page_cursor')
    own.add('order')
  }
  return (params) => {
    let hints: Hints | null = null
    const note = (): Hints => (hints ??= { misspelt: [], warnings: [] })
    for (const [name, value] of Object.entries(params)) {
      if (!own.has(name)) unknown(name, [], own, params, path, note)
      else if (root !== null && (typeof value === 'object' || typeof value === 'string'))
        look(value, [name], root.names.get(name), path, note)
    }
    return hints
  }
}

interface Shape {
  /** Parameters by name; null = any names, they are the caller's own. */
  names: Map<string, JsonSchema>
  isOpen: boolean
}

const shapes = new WeakMap<JsonSchema, Shape>()

/** The parameters an object schema has, through its unions. */
function shapeOf(schema: JsonSchema): Shape {
  const known = shapes.get(schema)
  if (known !== undefined) return known
  const shape: Shape = { names: new Map(), isOpen: schema['additionalProperties'] !== undefined }
  const parts = ['allOf', 'anyOf', 'oneOf'].flatMap((keyword) => (schema[keyword] as JsonSchema[] | undefined) ?? [])
  const own = schema['properties'] as Record<string, JsonSchema> | undefined
  for (const [name, one] of Object.entries(own ?? {})) shape.names.set(name, one)
  for (const part of parts) {
    const inner = shapeOf(part)
    if (inner.isOpen) shape.isOpen = true
    for (const [name, one] of inner.names) {
      const other = shape.names.get(name)
      shape.names.set(name, other === undefined ? one : { anyOf: [other, one] })
    }
  }
  shapes.set(schema, shape)
  return shape
}

/** Objects and lists of objects inside, and times. */
function look(value: unknown, at: string[], schema: JsonSchema | undefined, path: string, note: () => Hints): void {
  if (schema === undefined || value === null) return
  if (typeof value === 'string') {
    if (isTime(at.at(-1) ?? '', schema) && isWithoutZone(value)) note().warnings.push(zoneAssumed(at.join('.'), value))
    return
  }
  if (typeof value !== 'object') return
  if (Array.isArray(value)) {
    const items = itemsOf(schema)
    if (items?.['format'] === 'uuid') {
      const ids = value.filter((item): item is string => typeof item === 'string').map((item) => item.toLowerCase())
      const twice = new Set(ids.filter((id, i) => ids.indexOf(id) !== i))
      if (twice.size > 0) note().warnings.push(namedTwice(at.join('.'), [...twice]))
    }
    if (items !== undefined) value.forEach((item, i) => look(item, [...at, String(i)], items, path, note))
    return
  }
  const { names, isOpen } = shapeOf(schema)
  if (isOpen || names.size === 0) return
  const given = value as Params
  const isMetadata = at.length === 1 && (at[0] ?? '').endsWith('_metadata')
  const own = new Set([...names.keys(), ...(isMetadata ? SPELLINGS_OF_METADATA : [])])
  for (const [name, inner] of Object.entries(given)) {
    if (own.has(name)) look(inner, [...at, name], names.get(name), path, note)
    // A provider's metadata are never refused (access-systems.md 0, X4): samples spell them in several ways.
    else if (isMetadata) note().warnings.push(unrecognized([...at, name], own, path))
    else unknown(name, at, own, given, path, note)
  }
}

function itemsOf(schema: JsonSchema): JsonSchema | undefined {
  const own = schema['items'] as JsonSchema | undefined
  if (own !== undefined) return own
  const parts = ['allOf', 'anyOf', 'oneOf'].flatMap((keyword) => (schema[keyword] as JsonSchema[] | undefined) ?? [])
  return parts.map(itemsOf).find((items) => items !== undefined)
}

function unknown(
  name: string,
  at: string[],
  own: ReadonlySet<string>,
  given: Params,
  path: string,
  note: () => Hints,
): void {
  const meant = resembling(
    name,
    [...own].filter((one) => given[one] === undefined),
  )
  if (meant === undefined) note().warnings.push(unrecognized([...at, name], own, path))
  else
    note().misspelt.push({
      path: [...at, name],
      message: `Unrecognized parameter: send \`${meant}\` instead`,
    })
}

function unrecognized(at: string[], own: ReadonlySet<string>, path: string): RequestWarning {
  const inside = at.length > 1 ? `${path} takes inside ${at.slice(0, -1).join('.')}` : `${path} takes`
  const names = [...own].sort().join(', ')
  const parameter = at.join('.')
  return {
    warning_code: 'unrecognized_parameter',
    parameter,
    message: `"${parameter}" is no parameter of this operation and was ignored. ${inside}: ${names === '' ? 'nothing' : names}.`,
  }
}

function namedTwice(parameter: string, ids: readonly string[]): RequestWarning {
  return {
    warning_code: 'parameter_ignored',
    parameter,
    message: `"${parameter}" names ${ids.join(', ')} more than once, which counts once. Check that no other one was meant.`,
  }
}

// Resemblance -----------------------------------------------------------------------------------------------------------

/** The name that was probably meant. */
export function resembling(name: string, names: readonly string[]): string | undefined {
  const plain = plainName(name)
  const same = names.find((one) => plainName(one) === plain)
  if (same !== undefined) return same
  const snake = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase()
  for (const [pattern, parameters] of OTHER_NAMES) {
    if (!pattern.test(snake)) continue
    const found = parameters.find((one) => names.includes(one))
    if (found !== undefined) return found
  }
  let best: { name: string; distance: number } | undefined
  for (const one of names) {
    const other = plainName(one)
    // Short names are a typing error apart from many things: one letter for up to seven, two beyond.
    const allowed = Math.min(plain.length, other.length) < 4 ? 0 : Math.min(plain.length, other.length) < 8 ? 1 : 2
    if (Math.abs(other.length - plain.length) > allowed) continue
    const distance = distanceOf(plain, other)
    if (distance <= allowed && (best === undefined || distance < best.distance)) best = { name: one, distance }
  }
  return best?.name
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** Letters to insert, delete, replace or swap with their neighbour to make one of the other (optimal string alignment). */
function distanceOf(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1]
      let least = Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + (isSame ? 0 : 1))
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (isSwap) least = Math.min(least, (before[j - 2] ?? 0) + 1)
      next.push(least)
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}

// Times -----------------------------------------------------------------------------------------------------------------

function isTime(name: string, schema: JsonSchema): boolean {
  return schema['format'] === 'date-time' || /^(starts|ends)_at$/.test(name)
}

/** A date, or a time of day that does not say where: it is taken as UTC (core.md 1.9). */
function isWithoutZone(text: string): boolean {
  return !/(Z|[+-]\d{2}:?\d{2})\s*$/i.test(text.trim().replace(/^\d{4}-\d{2}-\d{2}/, '')) && parseInstant(text) !== null
}

function zoneAssumed(parameter: string, text: string): RequestWarning {
  const utc = new Date(parseInstant(text) ?? 0).toISOString()
  return {
    warning_code: 'time_zone_assumed',
    parameter,
    message: `"${parameter}" names no time zone and was taken as UTC: ${utc}. Send the offset of the building, such as 2026-07-01T15:00:00+02:00.`,
  }
}
