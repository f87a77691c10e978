/** Our words and Brivo's. Pure. */
import { createHash } from 'node:crypto'
import type { DesiredUser, ReportedCredential, Window } from '../kit/driver.ts'
import { PIN_FORMAT, type AccessPoint, type Credential, type Permission, type User } from './wire.ts'
import type { EffectiveDates, UserFields } from './client.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

// People -----------------------------------------------------------------------------------------------------------------

/** Brivo wants a last name of everybody; who has none gets this one, which is left out again when names are read. */
const NO_NAME = '-'

/** The last word is the last name. Who has no name goes by what else is known of them. */
export function namesOf(user: Pick<DesiredUser, 'full_name' | 'email_address' | 'phone_number'>): {
  firstName: string
  lastName: string
} {
  const name = [user.full_name, user.email_address, user.phone_number]
    .map((one) => (one ?? '').replace(/\s+/g, ' ').trim())
    .find((one) => one !== '')
  const words = (name ?? 'User').split(' ')
  const lastName = words.length > 1 ? (words.pop() ?? NO_NAME) : NO_NAME
  return { firstName: words.join(' '), lastName }
}

export function fullNameOf(user: {
  firstName?: string | undefined
  middleName?: string | undefined
  lastName?: string | undefined
}): string | null {
  const { firstName, middleName, lastName } = user
  const words = [firstName, middleName, lastName].filter((one) => one !== undefined && one !== '' && one !== NO_NAME)
  return words.length === 0 ? null : words.join(' ')
}

/** Our reference as Brivo keeps it: other software writes ids of its own there, UUIDs among them. */
export function externalIdOf(reference: string): string {
  return PREFIX + reference
}

export function referenceOfUser(externalId: string | undefined): string | null {
  return externalId?.startsWith(PREFIX) === true ? externalId.slice(PREFIX.length) : null
}

const PREFIX = 'ls-'

/** A new user. */
export function newUser(user: DesiredUser): UserFields {
  const emails = entries('address', user.email_address, [])
  const phoneNumbers = entries('number', user.phone_number, [])
  return {
    ...namesOf(user),
    externalId: externalIdOf(user.reference),
    ...(emails.length === 0 ? {} : { emails }),
    ...(phoneNumbers.length === 0 ? {} : { phoneNumbers }),
  }
}

/** The kind of e-mail address and phone number that is ours; others stand as somebody entered them at Brivo. */
const OURS = 'Work'

function entries<K extends 'address' | 'number'>(
  key: K,
  value: string | null,
  standing: readonly (Record<K, string> & { type?: string | undefined })[] = [],
): (Record<K, string> & { type?: string })[] {
  const mine = value === null ? [] : [{ [key]: value, type: OURS } as Record<K, string> & { type: string }]
  const others = standing.filter((one) => one.type !== OURS) as (Record<K, string> & { type?: string })[]
  return [...mine, ...others]
}

/** What of a user has to be set, and which fields have to go, so that it is as wished; null when it is. */
export interface UserChange {
  set: Partial<UserFields>
  unset: (keyof UserFields)[]
}

export function changeOfUser(found: User, wish: DesiredUser): UserChange | null {
  const set: Partial<UserFields> = {}
  const unset: (keyof UserFields)[] = []
  const names = namesOf(wish)
  if (fullNameOf(found) !== fullNameOf(names)) {
    Object.assign(set, names)
    unset.push('middleName')
  }
  // Another's reference is left to them.
  if (found.externalId === undefined) set.externalId = externalIdOf(wish.reference)
  const emails = entries('address', wish.email_address, found.emails)
  const phoneNumbers = entries('number', wish.phone_number, found.phoneNumbers)
  if (!isSame(found.emails, emails)) {
    if (emails.length === 0) unset.push('emails')
    else set.emails = emails
  }
  if (!isSame(found.phoneNumbers, phoneNumbers)) {
    if (phoneNumbers.length === 0) unset.push('phoneNumbers')
    else set.phoneNumbers = phoneNumbers
  }
  return Object.keys(set).length + unset.length === 0 ? null : { set, unset }
}

/** The same entries, in whatever order. */
function isSame(a: readonly Contact[] = [], b: readonly Contact[] = []): boolean {
  const words = (list: readonly Contact[]): string =>
    JSON.stringify(list.map(({ address, number, type }) => `${type ?? ''} ${address ?? number ?? ''}`).sort())
  return words(a) === words(b)
}

interface Contact {
  address?: string
  number?: string
  type?: string | undefined
}

/** The change as it goes over the wire: what has to go is only gone when the rest is named with it. */
export function asRequest(
  found: User,
  { set, unset }: UserChange,
): { patch: Partial<UserFields> } | { put: UserFields } {
  const standing = fieldsOf(found)
  if (!unset.some((field) => standing[field] !== undefined)) return { patch: set }
  const kept = Object.fromEntries(
    Object.entries(standing).filter(([field]) => !unset.includes(field as keyof UserFields)),
  )
  return { put: { ...(kept as unknown as UserFields), ...set } }
}

/** Everything of a user that a replacement has to name, so that it stays. */
export function fieldsOf(user: User): UserFields {
  const { firstName = '', middleName, lastName = '', externalId, pin, effectiveFrom, effectiveTo } = user
  const { bleTwoFactorExempt, emails, phoneNumbers } = user
  return {
    firstName,
    lastName,
    ...(middleName === undefined ? {} : { middleName }),
    ...(externalId === undefined ? {} : { externalId }),
    ...(pin === undefined ? {} : { pin }),
    ...(effectiveFrom === undefined ? {} : { effectiveFrom }),
    ...(effectiveTo === undefined ? {} : { effectiveTo }),
    ...(bleTwoFactorExempt === undefined ? {} : { bleTwoFactorExempt }),
    ...(emails === undefined ? {} : { emails }),
    ...(phoneNumbers === undefined ? {} : { phoneNumbers }),
  }
}

// Groups -----------------------------------------------------------------------------------------------------------------

/** Longest name of a group (Group: Create Group). */
export const GROUP_NAME_LENGTH = 35
const TAG = /#([\w-]{22})$/
const TAG_LENGTH = 22

/**
 * The name of a group of ours: as much of its own as fits, and our reference in 22 characters, since Brivo keeps none
 * for groups. The same for one reference however often it is asked for.
 */
export function groupNameOf(name: string, reference: string): string {
  const room = GROUP_NAME_LENGTH - TAG_LENGTH - ' #'.length
  let label = ''
  for (const character of name.replace(/\s+/g, ' ').trim()) {
    if (label.length + character.length > room) break
    label += character
  }
  return `${label.trimEnd()} #${groupTagOf(reference)}`.trimStart()
}

/** A reference as it stands in a group's name; one that is no UUID cannot be read back. */
export function groupTagOf(reference: string): string {
  const hex = reference.replaceAll('-', '')
  const bytes = UUID.test(reference) ? Buffer.from(hex, 'hex') : createHash('sha256').update(reference).digest()
  return bytes.subarray(0, 16).toString('base64url')
}

/** Our reference in the name of a group; null when it is none of ours. */
export function referenceOfGroup(name: string): string | null {
  const tag = TAG.exec(name)?.[1]
  if (tag === undefined) return null
  const hex = Buffer.from(tag, 'base64url').toString('hex')
  const reference = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return UUID.test(reference) ? reference : null
}

/** Doors that a group has, those it lacks, and those it has too many. `schedule` is the one our permissions have. */
export function doorChanges(
  standing: readonly Permission[],
  wanted: readonly string[],
  schedule: number,
): { add: string[]; remove: number[] } {
  const right = new Set(
    standing.filter((one) => one.schedule?.id === schedule).map((one) => String(one.accessPoint.id)),
  )
  return {
    add: wanted.filter((id) => !right.has(id)),
    remove: standing.map((one) => one.accessPoint.id).filter((id) => !wanted.includes(String(id))),
  }
}

// Times ------------------------------------------------------------------------------------------------------------------

/**
 * Dates on the wire. Brivo's have seconds: a start is moved to the beginning of its second and an end too, so that
 * nothing works after its end. That a person is in no group before the start makes up for the rest of the first second.
 */
export function datesOf(window: Window, isExact: boolean): EffectiveDates {
  const { starts_at, ends_at } = window
  return {
    ...(starts_at === null ? {} : { effectiveFrom: onWire(starts_at, isExact) }),
    ...(ends_at === null ? {} : { effectiveTo: onWire(ends_at, isExact) }),
  }
}

function onWire(instant: string, isExact: boolean): string {
  const at = Date.parse(instant)
  if (isExact) return new Date(at).toISOString()
  return new Date(Math.floor(at / 1000) * 1000).toISOString().replace('.000Z', 'Z')
}

/** Whether dates that stand are those that are wanted. `undefined` = without. */
export function areDates(standing: EffectiveDates, wanted: EffectiveDates): boolean {
  const same = (a: string | undefined, b: string | undefined): boolean =>
    a === undefined || b === undefined ? a === b : Date.parse(a) === Date.parse(b)
  return same(standing.effectiveFrom, wanted.effectiveFrom) && same(standing.effectiveTo, wanted.effectiveTo)
}

// Credentials ------------------------------------------------------------------------------------------------------------

/** Ids of ours for what Brivo has no object for: a user's PIN, and the right to open doors from afar. */
export function pinId(userId: number | string): string {
  return `pin-${userId}`
}

export function cloudKeyId(userId: number | string, reference: string): string {
  return `cloud-${userId}-${reference}`
}

/** The user behind such an id; null when it is none. */
export function userOfId(externalId: string): string | null {
  return /^(?:pin|cloud)-(\d+)(?:-|$)/.exec(externalId)?.[1] ?? null
}

/** An id of Brivo's; null for anything else, which Brivo need not be asked for. */
export function brivoId(externalId: string): number | null {
  const id = /^\d{1,15}$/.test(externalId) ? Number(externalId) : 0
  return id > 0 ? id : null
}

/** The number by which people know a card: its label, else the number in its data (formats name that field apart). */
export function cardNumberOf(card: Credential): string | null {
  const label = card.referenceId?.trim()
  if (label !== undefined && label !== '') return label
  const field = card.fieldValues?.find((one) => one.name === 'card_number' || one.name?.endsWith('.card_number'))
  return field?.value ?? null
}

export function isPinCredential(credential: Credential): boolean {
  const format = credential.credentialFormat
  return format?.id === PIN_FORMAT.id || format?.name === PIN_FORMAT.name
}

export function reportedCredential(credential: Credential, userId: number | null): ReportedCredential {
  const isCode = userId !== null && isPinCredential(credential)
  return {
    external_id: isCode ? pinId(userId) : String(credential.id),
    reference: null,
    mode: isCode ? 'code' : 'card',
    user_id: userId === null ? null : String(userId),
    card_number: isCode ? null : cardNumberOf(credential),
    code: isCode ? (credential.encodedCredential ?? null) : null,
  }
}

// Doors ------------------------------------------------------------------------------------------------------------------

/** Every reader reads cards; which have a keypad is not told. */
export function takesOf(door: AccessPoint) {
  return { code: true, card: true, mobile_key: false, cloud_key: door.activationEnabled === true }
}
