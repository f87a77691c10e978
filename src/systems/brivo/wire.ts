/**
 * What Brivo answers, as its API reference has it (apidocs.brivo.com), with a check for each: an answer that is
 * something else is found out here and not three calls later. Empty values are omitted on the wire.
 */

/** An answer is not what the reference says. The message names the field, never what stood there. */
export class UnexpectedAnswer extends Error {
  override name = 'UnexpectedAnswer'
}

/** Takes a value if it is right. @throws UnexpectedAnswer naming `at` */
export type Check<T> = (value: unknown, at: string) => T

function refuse(at: string, wanted: string): never {
  throw new UnexpectedAnswer(`${at} is not ${wanted}`)
}

const text: Check<string> = (value, at) => (typeof value === 'string' ? value : refuse(at, 'a text'))
const flag: Check<boolean> = (value, at) => (typeof value === 'boolean' ? value : refuse(at, 'true or false'))
const id: Check<number> = (value, at) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : refuse(at, 'an id')
const count: Check<number> = (value, at) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : refuse(at, 'a count')
const instant: Check<string> = (value, at) =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : refuse(at, 'a time')

function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, at) => (value === undefined || value === null ? undefined : check(value, at))
}

function listOf<T>(check: Check<T>): Check<T[]> {
  return (value, at) =>
    Array.isArray(value) ? value.map((item, i) => check(item, `${at}[${i}]`)) : refuse(at, 'a list')
}

/** Fields that are not named are let pass and left out: the maker may add some. */
function object<F extends Record<string, Check<unknown>>>(fields: F): Check<{ [K in keyof F]: ReturnType<F[K]> }> {
  return (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(at, 'an object')
    const entries = Object.entries(fields).map(([name, check]) => [
      name,
      check((value as Record<string, unknown>)[name], at === '' ? name : `${at}.${name}`),
    ])
    return Object.fromEntries(entries) as { [K in keyof F]: ReturnType<F[K]> }
  }
}

type Checked<C> = C extends Check<infer T> ? T : never

export const tokenAnswer = object({
  access_token: text,
  token_type: text,
  refresh_token: optional(text),
  /** Seconds. */
  expires_in: count,
  /** Only our virtual account says this: times keep their milliseconds, where the maker's have seconds. */
  lockstitch_exact_times: optional(flag),
})
export type TokenAnswer = Checked<typeof tokenAnswer>

/** One page of a list. `count` is the number of all results. */
export function pageOf<T>(check: Check<T>): Check<{ data: T[]; count: number }> {
  return object({ data: listOf(check), count })
}

/** A list that comes whole. */
export function allOf<T>(check: Check<T>): Check<{ data: T[] }> {
  return object({ data: listOf(check) })
}

export const administrator = object({ id, username: optional(text) })
export const account = object({ id, name: text })
export const site = object({ id, siteName: text })
export const siteDetail = object({ id, siteName: text, timeZone: optional(text) })

export const accessPoint = object({
  id,
  name: text,
  siteId: optional(id),
  siteName: optional(text),
  activationEnabled: optional(flag),
})
export type AccessPoint = Checked<typeof accessPoint>

export const schedule = object({ id, name: text, editable: optional(flag), siteName: optional(text) })
export type Schedule = Checked<typeof schedule>

export const group = object({
  id,
  name: text,
  keypadUnlock: optional(flag),
  immuneToAntipassback: optional(flag),
  excludedFromLockdown: optional(flag),
})
export type Group = Checked<typeof group>

export const permission = object({ accessPoint: object({ id }), schedule: optional(object({ id })) })
export type Permission = Checked<typeof permission>

const email = object({ address: text, type: optional(text) })
const phoneNumber = object({ number: text, type: optional(text) })

/** `effectiveFrom` and `effectiveTo` are those of the PIN, and of nothing else. */
export const user = object({
  id,
  externalId: optional(text),
  firstName: optional(text),
  middleName: optional(text),
  lastName: optional(text),
  pin: optional(text),
  effectiveFrom: optional(instant),
  effectiveTo: optional(instant),
  suspended: optional(flag),
  bleTwoFactorExempt: optional(flag),
  emails: optional(listOf(email)),
  phoneNumbers: optional(listOf(phoneNumber)),
})
export type User = Checked<typeof user>

export const suspension = object({ suspended: flag })

/** Of a user's credentials the dates are told too, and the PIN is one of them. */
export const credential = object({
  id,
  credentialFormat: optional(object({ id, name: optional(text) })),
  referenceId: optional(text),
  encodedCredential: optional(text),
  fieldValues: optional(listOf(object({ name: optional(text), value: optional(text) }))),
  effectiveFrom: optional(instant),
  effectiveTo: optional(instant),
})
export type Credential = Checked<typeof credential>

/** Something that happened, of which the access events are told (Events: Event json structure). */
export const accessEvent = object({
  uuid: text,
  securityAction: object({ securityActionId: count }),
  actor: optional(object({ id: optional(count) })),
  eventObject: optional(object({ id: optional(count) })),
  occurred: instant,
})
export type AccessEvent = Checked<typeof accessEvent>

/** The format that a PIN has in the list of a user's credentials. */
export const PIN_FORMAT = { id: 2, name: 'PIN Code' } as const

/** What an error answer says, if it says anything in JSON. */
export const fault = object({
  message: optional(text),
  error: optional(text),
  error_description: optional(text),
})
