import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { userWish } from '../kit/testing.ts'
import {
  areDates,
  asRequest,
  brivoId,
  cardNumberOf,
  changeOfUser,
  cloudKeyId,
  datesOf,
  doorChanges,
  externalIdOf,
  fullNameOf,
  GROUP_NAME_LENGTH,
  groupNameOf,
  isPinCredential,
  namesOf,
  newUser,
  pinId,
  referenceOfGroup,
  referenceOfUser,
  reportedCredential,
  userOfId,
} from './mapping.ts'
import { isPin, REFUSED_PINS } from './pins.ts'
import { definition } from './definition.ts'
import { fitsRule } from '../kit/pin.ts'
import type { Credential, User } from './wire.ts'

const UUID = 'a3f0c1d2-1b2c-4d3e-8f90-0123456789ab'
const nobody = { full_name: null, email_address: null, phone_number: null }

function found(user: Partial<User>): User {
  return {
    id: 1,
    externalId: undefined,
    firstName: undefined,
    middleName: undefined,
    lastName: undefined,
    pin: undefined,
    effectiveFrom: undefined,
    effectiveTo: undefined,
    suspended: undefined,
    bleTwoFactorExempt: undefined,
    emails: undefined,
    phoneNumbers: undefined,
    ...user,
  }
}

function card(credential: Partial<Credential>): Credential {
  return {
    id: 38_048_201,
    credentialFormat: undefined,
    referenceId: undefined,
    encodedCredential: undefined,
    fieldValues: undefined,
    effectiveFrom: undefined,
    effectiveTo: undefined,
    ...credential,
  }
}

describe('people', () => {
  test.each([
    [{ full_name: 'Jane Doe' }, 'Jane', 'Doe', 'Jane Doe'],
    [{ full_name: '  Jane   van  Dyk ' }, 'Jane van', 'Dyk', 'Jane van Dyk'],
    [{ full_name: 'Cher' }, 'Cher', '-', 'Cher'],
    [{ full_name: '李 小龍' }, '李', '小龍', '李 小龍'],
    [{ full_name: ' ', email_address: 'jane@example.com' }, 'jane@example.com', '-', 'jane@example.com'],
    [{ phone_number: '+1555' }, '+1555', '-', '+1555'],
    [{}, 'User', '-', 'User'],
  ])('%j has the names %s and %s', (who, firstName, lastName, read) => {
    const names = namesOf({ ...nobody, ...who })
    expect(names).toEqual({ firstName, lastName })
    expect(fullNameOf(names)).toBe(read)
  })

  test('a name that was split comes back whole', () => {
    const words = fc.array(fc.stringMatching(/^[A-Za-z]{1,12}$/), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(words, (list) => {
        expect(fullNameOf(namesOf({ ...nobody, full_name: list.join(' ') }))).toBe(list.join(' '))
      }),
    )
    expect(fullNameOf({ firstName: 'Peter', middleName: 'Jason', lastName: 'Quill' })).toBe('Peter Jason Quill')
    expect(fullNameOf({})).toBeNull()
  })

  test('a new user bears our reference, which is told from ids of other software', () => {
    const wish = userWish({ reference: UUID, email_address: 'jane@example.com' })
    expect(newUser(wish)).toEqual({
      firstName: 'Jane',
      lastName: 'Doe',
      externalId: `ls-${UUID}`,
      emails: [{ address: 'jane@example.com', type: 'Work' }],
    })
    expect(referenceOfUser(externalIdOf(UUID))).toBe(UUID)
    expect([referenceOfUser(UUID), referenceOfUser(undefined)]).toEqual([null, null])
  })

  const standing = found({
    externalId: externalIdOf('jane'),
    firstName: 'Jane',
    lastName: 'Doe',
    emails: [
      { address: 'jane@example.com', type: 'Work' },
      { address: 'jane@home.example', type: 'Home' },
    ],
  })

  test.each([
    ['nothing', {}, null],
    ['a new name', { full_name: 'Jane Roe' }, { set: { firstName: 'Jane', lastName: 'Roe' }, unset: ['middleName'] }],
    [
      'another address of ours beside one of theirs',
      { email_address: 'doe@example.com' },
      {
        set: {
          emails: [
            { address: 'doe@example.com', type: 'Work' },
            { address: 'jane@home.example', type: 'Home' },
          ],
        },
        unset: [],
      },
    ],
    [
      'no address of ours any more',
      { email_address: null },
      { set: { emails: [{ address: 'jane@home.example', type: 'Home' }] }, unset: [] },
    ],
    [
      'a phone number',
      { phone_number: '+1555' },
      { set: { phoneNumbers: [{ number: '+1555', type: 'Work' }] }, unset: [] },
    ],
  ])('of a user that stands, %s is changed', (_what, wish, change) => {
    expect(changeOfUser(standing, userWish({ email_address: 'jane@example.com', ...wish }))).toEqual(change)
  })

  test("a reference of somebody else's stays, a missing one is set", () => {
    const theirs = changeOfUser(found({ ...standing, externalId: 'ad-4711', emails: undefined }), userWish())
    expect(theirs).toBeNull()
    const none = changeOfUser(found({ ...standing, externalId: undefined, emails: undefined }), userWish())
    expect(none).toEqual({ set: { externalId: 'ls-jane' }, unset: [] })
  })

  test('a field that has to go takes a request that names all others', () => {
    const user = found({
      firstName: 'Jane',
      middleName: 'Q',
      lastName: 'Doe',
      pin: '7418',
      effectiveTo: '2030-01-01T00:00:00Z',
      bleTwoFactorExempt: true,
    })
    expect(asRequest(user, { set: { pin: '9630' }, unset: ['effectiveFrom'] })).toEqual({ patch: { pin: '9630' } })
    expect(asRequest(user, { set: { pin: '9630' }, unset: ['effectiveTo'] })).toEqual({
      put: { firstName: 'Jane', middleName: 'Q', lastName: 'Doe', pin: '9630', bleTwoFactorExempt: true },
    })
    expect(asRequest(user, { set: {}, unset: ['pin', 'effectiveFrom', 'effectiveTo'] })).toEqual({
      put: { firstName: 'Jane', middleName: 'Q', lastName: 'Doe', bleTwoFactorExempt: true },
    })
  })
})

describe('groups', () => {
  test.each([
    ['Front Door, Garage (2030-06-01 15:00 to 2030-06-04 11:00 UTC)', 'Front Door, #o_DB0hssTT6PkAEjRWeJqw'],
    ['Gym', 'Gym #o_DB0hssTT6PkAEjRWeJqw'],
    ['  ', '#o_DB0hssTT6PkAEjRWeJqw'],
    ['Straße 🏠🏠🏠🏠🏠🏠🏠🏠', 'Straße 🏠🏠 #o_DB0hssTT6PkAEjRWeJqw'],
  ])('%s is called %s', (name, kept) => {
    expect(groupNameOf(name, UUID)).toBe(kept)
    expect(referenceOfGroup(kept)).toBe(UUID)
  })

  test('names fit, differ from one reference to the next, and give it back', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 200 }),
        fc.uuid({ version: 4 }),
        fc.uuid({ version: 4 }),
        (name, one, other) => {
          const kept = groupNameOf(name, one)
          expect(kept.length).toBeLessThanOrEqual(GROUP_NAME_LENGTH)
          expect(groupNameOf(name, one)).toBe(kept)
          expect(referenceOfGroup(kept)).toBe(one)
          if (one !== other) expect(groupNameOf(name, other)).not.toBe(kept)
        },
      ),
    )
  })

  test.each(['Tenants', 'Floor #2', '#1234567890123456789012', '#AAAAAAAAAAAAAAAAAAAAAA'])(
    "%s is one of the maker's own",
    (name) => expect(referenceOfGroup(name)).toBeNull(),
  )

  test('doors that are missing or too many, and those at the wrong hours', () => {
    const standing = [
      { accessPoint: { id: 1 }, schedule: { id: 71 } },
      { accessPoint: { id: 2 }, schedule: { id: 5 } },
      { accessPoint: { id: 3 }, schedule: undefined },
      { accessPoint: { id: 4 }, schedule: { id: 71 } },
    ]
    expect(doorChanges(standing, ['1', '2', '3', '9'], 71)).toEqual({ add: ['2', '3', '9'], remove: [4] })
    expect(doorChanges([], [], 71)).toEqual({ add: [], remove: [] })
  })
})

describe('times', () => {
  test.each([
    ['2030-06-01T15:00:00.000Z', '2030-06-01T15:00:00Z', '2030-06-01T15:00:00.000Z'],
    ['2030-06-01T15:00:00.999Z', '2030-06-01T15:00:00Z', '2030-06-01T15:00:00.999Z'],
    ['2030-06-01T15:00:01.001Z', '2030-06-01T15:00:01Z', '2030-06-01T15:00:01.001Z'],
  ])('%s has seconds at the maker’s, and nothing works after its end', (instant, seconds, exact) => {
    const window = { starts_at: instant, ends_at: instant }
    expect(datesOf(window, false)).toEqual({ effectiveFrom: seconds, effectiveTo: seconds })
    expect(datesOf(window, true)).toEqual({ effectiveFrom: exact, effectiveTo: exact })
    expect(Date.parse(seconds)).toBeLessThanOrEqual(Date.parse(instant))
  })

  test('without end is without a date, and dates are compared as instants', () => {
    expect(datesOf({ starts_at: null, ends_at: null }, false)).toEqual({})
    expect(areDates({ effectiveTo: '2030-06-01T17:00:00+02:00' }, { effectiveTo: '2030-06-01T15:00:00Z' })).toBe(true)
    expect(areDates({}, { effectiveTo: '2030-06-01T15:00:00Z' })).toBe(false)
    expect(areDates({}, {})).toBe(true)
  })
})

describe('credentials', () => {
  test.each([
    [{ referenceId: ' 329 ' }, '329'],
    [{ fieldValues: [{ name: 'acs.cards.format.card_number', value: '70329' }] }, '70329'],
    [{ referenceId: '', fieldValues: [{ name: 'card_number', value: '7' }] }, '7'],
    [{ fieldValues: [{ name: 'acs.cards.format.facility_code', value: '70' }] }, null],
    [{}, null],
  ])('a card %j goes by %s', (fields, number) => expect(cardNumberOf(card(fields))).toBe(number))

  test('a PIN in the list of a user’s credentials is a PIN, whatever id its format has', () => {
    const pin = card({ id: 611_729, credentialFormat: { id: 2, name: 'PIN Code' }, encodedCredential: '23354' })
    expect(isPinCredential(pin)).toBe(true)
    expect(isPinCredential(card({ credentialFormat: { id: 9, name: 'PIN Code' } }))).toBe(true)
    expect(isPinCredential(card({ credentialFormat: { id: 100, name: 'HID 26 bit Card' } }))).toBe(false)
    expect(reportedCredential(pin, 7)).toEqual({
      external_id: 'pin-7',
      reference: null,
      mode: 'code',
      user_id: '7',
      card_number: null,
      code: '23354',
    })
    expect(reportedCredential(card({ referenceId: '48201' }), null)).toMatchObject({
      external_id: '38048201',
      mode: 'card',
      user_id: null,
      card_number: '48201',
    })
  })

  test('ids of ours lead back to their user, Brivo’s are numbers', () => {
    expect([userOfId(pinId(7)), userOfId(cloudKeyId('7', UUID))]).toEqual(['7', '7'])
    expect([userOfId('key-credential-1'), userOfId('38048201'), userOfId(UUID)]).toEqual([null, null, null])
    expect([brivoId('38048201'), brivoId('0'), brivoId(UUID), brivoId('1e9'), brivoId('')]).toEqual([
      38_048_201,
      null,
      null,
      null,
      null,
    ])
  })

  test.each([
    ['7418', true],
    ['74185296', true],
    ['1232', true],
    ['9876', true],
    ['741', false],
    ['741852963', false],
    ['74a8', false],
    ['1111', false],
    ['00000000', false],
    ['1234', false],
    ['45678', false],
    ['0123', false],
    ['2468', false],
  ])('of a PIN %s it is %s that Brivo takes it', (pin, isTaken) => {
    expect(isPin(pin)).toBe(isTaken)
    expect(fitsRule(pin, definition.pin)).toBe(isTaken)
  })

  test('refused PINs: ten repetitions and the successions of each length, and 2468', () => {
    expect(new Set(REFUSED_PINS).size).toBe(5 * 10 + (7 + 6 + 5 + 4 + 3) + 1)
  })
})
