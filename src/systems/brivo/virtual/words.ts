/**
 * What goes over the wire of the virtual account, and what is taken from it: requests are checked here as Brivo checks
 * them, records are told in Brivo's words (apidocs.brivo.com).
 */
import { doorOf } from '../../kit/virtual/model.ts'
import type { PlasticCard, VirtualGroup, VirtualUser } from '../../kit/virtual/records.ts'
import type { EffectiveDates, UserFields } from '../client.ts'
import { GROUP_NAME_LENGTH } from '../mapping.ts'
import { CARD_IDS, model } from './model.ts'

/** A refusal as it goes over the wire. */
export class Refusal extends Error {
  override name = 'Refusal'
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export type Wire = Record<string, unknown>

/** A user's own fields beside those that the doors look at. */
export interface BrivoUser extends VirtualUser {
  wire: Omit<UserFields, 'pin'>
}

export interface BrivoGroup extends VirtualGroup {
  flags?: { keypadUnlock: boolean; immuneToAntipassback: boolean; excludedFromLockdown: boolean }
}

const FLAGS = { keypadUnlock: false, immuneToAntipassback: false, excludedFromLockdown: false }
export const SCHEDULE = { id: 71, name: 'Always Access', editable: false, siteName: 'Universal' } as const
const CARD_FORMAT = { id: 100, name: 'HID 26 bit Card' } as const
const FACILITY_CODE = '70'

export function contains(text: string, part: string | undefined): boolean {
  return part === undefined || text.toLowerCase().includes(part.toLowerCase())
}

export function groupName(name: unknown): string {
  if (typeof name === 'string' && name !== '' && name.length <= GROUP_NAME_LENGTH) return name
  throw new Refusal(400, `Group creation requires a name parameter of ${GROUP_NAME_LENGTH} characters or less`)
}

export function groupOnWire(group: BrivoGroup): Wire {
  return { id: Number(group.external_id), name: group.name, ...(group.flags ?? FLAGS) }
}

export function permissionOnWire(entranceId: string): Wire {
  const door = doorOf(model, entranceId)
  return {
    accessPoint: { id: Number(entranceId), name: door?.display_name ?? '', type: 'Door' },
    schedule: { id: SCHEDULE.id, name: SCHEDULE.name },
  }
}

export function userFields(body: Wire): UserFields {
  const { firstName, lastName, pin } = body
  if (typeof firstName !== 'string' || firstName === '' || typeof lastName !== 'string' || lastName === '')
    throw new Refusal(400, 'First name and last name are required')
  if (pin !== undefined && typeof pin !== 'string') throw new Refusal(400, 'Invalid criteria provided')
  const texts = (['middleName', 'externalId'] as const).flatMap((name) => {
    const value = body[name]
    return typeof value === 'string' && value !== '' ? [[name, value]] : []
  })
  const { emails, phoneNumbers, bleTwoFactorExempt } = body as Pick<
    UserFields,
    'emails' | 'phoneNumbers' | 'bleTwoFactorExempt'
  >
  return {
    firstName,
    lastName,
    ...(Object.fromEntries(texts) as Pick<UserFields, 'middleName' | 'externalId'>),
    ...(pin === undefined || pin === '' ? {} : { pin }),
    ...datesOf(body),
    ...(bleTwoFactorExempt === undefined ? {} : { bleTwoFactorExempt }),
    ...(emails === undefined || emails.length === 0 ? {} : { emails }),
    ...(phoneNumbers === undefined || phoneNumbers.length === 0 ? {} : { phoneNumbers }),
  }
}

export function datesOf(body: Wire): EffectiveDates {
  const dates: EffectiveDates = {}
  for (const name of ['effectiveFrom', 'effectiveTo'] as const) {
    const value = body[name]
    if (value === undefined || value === null) continue
    if (typeof value !== 'string' || Number.isNaN(Date.parse(value)))
      throw new Refusal(400, 'Invalid criteria provided')
    dates[name] = new Date(value).toISOString()
  }
  return dates
}

export function isRegistered(card: PlasticCard): boolean {
  return card.is_registered && card.card_number !== null
}

export function cardOnWire(card: PlasticCard): Wire {
  const number = card.card_number ?? ''
  return {
    id: CARD_IDS + Number(number),
    credentialFormat: CARD_FORMAT,
    referenceId: number,
    encodedCredential: (Number(number) * 2).toString(16),
    fieldValues: [
      { id: 1, value: number, name: 'acs.cards.format.card_number' },
      { id: 2, value: FACILITY_CODE, name: 'acs.cards.format.facility_code' },
    ],
    size: 26,
    accountId: ACCOUNT.id,
  }
}

export const ACCOUNT = { id: 50122, name: 'Brivo' } as const
