/** Cards: encoding, scanning, assigning. */
import type { Door, System, Wire } from '../ground.ts'
import { assigns, encodes, invalid, notFound, NOTHING, row, type AnyRow, type Context } from '../row.ts'

const cardDoor = (system: System): Door => system.doors.find((door) => door.takes.card) as Door
const encoderOf = (system: System): string => system.encoders[0]?.acs_encoder_id ?? NOTHING
const codeMode = (system: System): 'code' | 'mobile_key' | 'cloud_key' =>
  system.can.modes.find((mode) => mode !== 'card') as 'code'

/** A card that waits to be made. */
async function waitingCard({ ground, system }: Context, more: object = {}) {
  const grant = await ground.grant([cardDoor(system)], ['card'], more)
  return { grant, method: await ground.methodOf(grant, 'card') }
}

async function encodedCard(context: Context) {
  const { grant } = await waitingCard(context)
  return { grant, method: await context.ground.encoded(grant, context.system) }
}

const encode = ({ ground, system }: Context, access_method_id: unknown, acs_encoder_id = encoderOf(system)) =>
  ground.post('/access_methods/encode', { access_method_id, acs_encoder_id })

const otherEncoder = ({ ground, system }: Context): string =>
  encoderOf(ground.system((one) => one.acs_system_id !== system.acs_system_id && encodes(one)))

export const encoding: AnyRow[] = [
  row({
    name: 'an access method encoded that is no card',
    on: (system) => encodes(system) && system.can.modes.length > 1,
    given: async ({ ground, system }: Context) => {
      const mode = codeMode(system)
      const door = system.doors.find((one) => one.takes[mode]) as Door
      return { mode, method: await ground.methodOf(await ground.grant([door], [mode])) }
    },
    when: (context) => encode(context, context.method['access_method_id']),
    then: invalid('access_method_id'),
    fault: [({ mode }) => mode, 'access_method_id'],
    remedy: /Only a card can be encoded/,
  }),
  row({
    name: 'a card encoded with the encoder of another system',
    on: encodes,
    given: (context: Context) => waitingCard(context),
    when: (context) => encode(context, context.method['access_method_id'], otherEncoder(context)),
    then: invalid('acs_encoder_id'),
    fault: 'another access system',
    remedy: /\/acs\/encoders\/list/,
  }),
  row({
    name: 'a card encoded where cards are assigned',
    on: assigns,
    given: (context: Context) => waitingCard(context),
    when: (context) =>
      encode(
        context,
        context.method['access_method_id'],
        context.system.encoders[0]?.acs_encoder_id ?? otherEncoder(context),
      ),
    then: invalid('access_method_id'),
    fault: 'does not encode cards',
    remedy: /\/access_methods\/assign_card/,
  }),
  row({
    name: 'a card encoded a second time although nothing changed',
    on: encodes,
    given: (context: Context) => encodedCard(context),
    when: (context) => encode(context, context.method['access_method_id']),
    then: invalid('access_method_id'),
    fault: 'encoded and up to date',
    remedy: /request another access method/,
  }),
  row({
    name: 'a card encoded whose access method was deleted',
    on: encodes,
    given: async (context: Context) => {
      const made = await waitingCard(context)
      await context.ground.ok('/access_methods/delete', {
        access_method_id: made.method['access_method_id'] as string,
      })
      return made
    },
    when: (context) => encode(context, context.method['access_method_id']),
    then: notFound('access_method'),
    fault: 'access_method_id',
    remedy: /deleted.*\/access_methods\/list/,
  }),
  row({
    name: 'a card encoded whose grant has ended',
    on: encodes,
    given: async (context: Context) => {
      const made = await waitingCard(context, { ends_at: await context.ground.inHours(1) })
      await context.ground.later(7200)
      return made
    },
    when: (context) => encode(context, context.method['access_method_id']),
    then: invalid('access_method_id'),
    fault: 'access grant has ended',
    remedy: /move its ends_at|another access grant/,
  }),
  row({
    name: 'an encoder that does not exist',
    on: encodes,
    given: (context: Context) => waitingCard(context),
    when: (context) => encode(context, context.method['access_method_id'], NOTHING),
    then: notFound('acs_encoder'),
    fault: 'acs_encoder_id',
    remedy: /\/acs\/encoders\/list/,
  }),
  row({
    name: 'encoder and access method swapped',
    on: encodes,
    given: (context: Context) => waitingCard(context),
    when: (context) => encode(context, encoderOf(context.system), context.method['access_method_id'] as string),
    then: notFound('access_method'),
    fault: 'is that of an acs_encoder',
    remedy: /send the id of an access_method/,
  }),
  row({
    name: 'no card on the encoder',
    on: encodes,
    given: async (context: Context) => {
      await context.ground.ok('/sandbox/encoders/remove_card', { acs_encoder_id: encoderOf(context.system) })
      return waitingCard(context)
    },
    when: (context) => encode(context, context.method['access_method_id']),
    then: { at: 'attempt', type: 'no_card_on_encoder' },
    fault: 'no card on the encoder',
    remedy: /Place one and try again/,
  }),
  row({
    name: 'a card of a format the encoder cannot write',
    on: encodes,
    given: async (context: Context) => {
      const acs_encoder_id = encoderOf(context.system)
      await context.ground.ok('/sandbox/encoders/place_card', { acs_encoder_id, card_format: 'hid_prox' })
      return waitingCard(context)
    },
    when: (context) => encode(context, context.method['access_method_id']),
    then: { at: 'attempt', type: 'incompatible_card_format' },
    fault: 'format',
    remedy: /Place|Use/,
  }),
  row({
    name: 'another card than its own on the encoder when a card is brought up to date',
    on: encodes,
    given: async (context: Context) => {
      const { ground, system } = context
      const made = await encodedCard(context)
      await ground.ok('/access_grants/update', {
        access_grant_id: made.grant['access_grant_id'] as string,
        ends_at: '2026-06-01T11:00:00Z',
      })
      await ground.settle()
      const { card_format } = await ground.cardOf(made.method)
      await ground.placeBlank(system, card_format as string)
      return made
    },
    when: (context) => encode(context, context.method['access_method_id']),
    then: { at: 'attempt', type: 'credential_cannot_be_reissued' },
    fault: 'stands on another card',
    remedy: /Place that card, or delete/,
  }),
  row({
    name: 'an encoder asked while it is busy',
    on: encodes,
    given: async (context: Context) => {
      const { ground, system } = context
      const [first, second] = [await waitingCard(context), await waitingCard(context)]
      await ground.fault(system, 'slow', { delay_ms: 1000, times: 1 })
      return { first, second }
    },
    isStuck: true,
    when: async (context) => {
      await encode(context, context.first.method['access_method_id'])
      return encode(context, context.second.method['access_method_id'])
    },
    then: { at: 'attempt', type: 'uncategorized_error' },
    fault: 'encoder is busy',
    remedy: /Try again when it has ended/,
  }),
  row({
    name: 'an encoder asked while its system is offline',
    on: encodes,
    given: async (context: Context) => {
      const made = await waitingCard(context)
      await context.ground.fault(context.system, 'offline')
      return made
    },
    isStuck: true,
    when: (context) => encode(context, context.method['access_method_id']),
    then: { at: 'attempt', type: 'encoder_not_online' },
    fault: /access system|encoder/,
    remedy: /Check that it is online and try again/,
  }),
  row({
    name: 'a card lifted before it was written',
    on: encodes,
    given: async (context: Context) => {
      const made = await waitingCard(context)
      await context.ground.ok('/acs/encoders/simulate/next_credential_encode_will_fail', {
        acs_encoder_id: encoderOf(context.system),
        error_code: 'encoding_interrupted',
      })
      return made
    },
    when: (context) => encode(context, context.method['access_method_id']),
    then: { at: 'attempt', type: 'encoding_interrupted' },
    fault: 'lifted before it was written',
    remedy: /Keep it on the encoder and try again/,
  }),
  row({
    name: 'an encode call that names both a credential and an access method',
    on: encodes,
    given: async (context: Context) => {
      const { method } = await waitingCard(context)
      return { method, credential: await context.ground.credentialOf(method) }
    },
    when: ({ ground, system, method, credential }) =>
      ground.post('/acs/encoders/encode_credential', {
        acs_encoder_id: encoderOf(system),
        access_method_id: method['access_method_id'],
        acs_credential_id: credential['acs_credential_id'],
      }),
    then: invalid(),
    fault: 'acs_credential_id',
    remedy: /only one of/,
  }),
  row({
    name: 'an encode call that names nothing to encode',
    on: encodes,
    when: ({ ground, system }) => ground.post('/acs/encoders/encode_credential', { acs_encoder_id: encoderOf(system) }),
    then: invalid(),
    fault: 'acs_credential_id',
    remedy: /Must specify/,
  }),
  row({
    name: 'a card left as it was after the stay was extended',
    on: encodes,
    given: (context: Context) => encodedCard(context),
    when: ({ ground, grant }) =>
      ground.post('/access_grants/update', {
        access_grant_id: grant['access_grant_id'],
        ends_at: '2026-06-01T11:00:00Z',
      }),
    then: {
      at: 'warnings',
      code: 'needs_to_be_reissued',
      of: ({ ground, method }) => ground.credentialOf(method),
      event: {
        type: 'access_method.card_encoding_required',
        about: ({ method }) => ({ access_method_id: method['access_method_id'] as string }),
      },
    },
    fault: 'changed since it was written',
    remedy: /Encode the card again/,
  }),
  row({
    name: 'a card shown at the desk that is behind its credential',
    on: encodes,
    given: async (context: Context) => {
      const made = await encodedCard(context)
      await context.ground.ok('/access_grants/update', {
        access_grant_id: made.grant['access_grant_id'] as string,
        ends_at: '2026-06-01T11:00:00Z',
      })
      return made
    },
    when: ({ ground, system }) => ground.post('/acs/encoders/scan_credential', { acs_encoder_id: encoderOf(system) }),
    then: { at: 'scan', code: 'acs_credential_on_encoder_out_of_sync' },
    fault: 'ends_at',
    remedy: /Encode the card again/,
  }),
  row({
    name: 'a card shown at the desk that nobody knows here',
    on: encodes,
    given: async (context: Context) => {
      await context.ground.ok('/acs/encoders/simulate/next_credential_scan_will_succeed', {
        acs_encoder_id: encoderOf(context.system),
        scenario: 'credential_does_not_exist_on_seam',
      })
      return {}
    },
    when: ({ ground, system }) => ground.post('/acs/encoders/scan_credential', { acs_encoder_id: encoderOf(system) }),
    then: { at: 'scan', code: 'acs_credential_on_seam_not_found' },
    fault: /card|credential/,
    remedy: /encode|create/i,
  }),
  row({
    name: 'nothing on the reader when a card is to be read',
    on: encodes,
    given: async (context: Context) => {
      await context.ground.ok('/sandbox/encoders/remove_card', { acs_encoder_id: encoderOf(context.system) })
      return {}
    },
    when: ({ ground, system }) => ground.post('/acs/encoders/scan_credential', { acs_encoder_id: encoderOf(system) }),
    then: { at: 'attempt', type: 'no_credential_on_encoder' },
    fault: 'no card on the encoder',
    remedy: /Place one and try again/,
  }),
  row({
    name: 'a card of another system put on an encoder of the sandbox',
    on: encodes,
    given: async ({ ground, system }: Context) => {
      const other = ground.system((one) => one.acs_system_id !== system.acs_system_id && encodes(one))
      const { method } = await encodedCard({ ground, system: other })
      return { card_id: (await ground.cardOf(method))['card_id'] as string }
    },
    when: ({ ground, system, card_id }) =>
      ground.post('/sandbox/encoders/place_card', { acs_encoder_id: encoderOf(system), card_id }),
    then: invalid('card_id'),
    fault: 'another access system',
    remedy: /\/sandbox\/cards\/list/,
  }),
  row({
    name: 'a simulated failure armed for a credential of another system, which would never come',
    on: encodes,
    given: async ({ ground, system }: Context) => {
      const other = ground.system((one) => one.acs_system_id !== system.acs_system_id && encodes(one))
      const { method } = await waitingCard({ ground, system: other })
      return { credential: await ground.credentialOf(method) }
    },
    when: ({ ground, system, credential }) =>
      ground.post('/acs/encoders/simulate/next_credential_encode_will_fail', {
        acs_encoder_id: encoderOf(system),
        error_code: 'uncategorized_error',
        acs_credential_id: credential['acs_credential_id'],
      }),
    then: invalid('acs_credential_id'),
    fault: 'another access system',
    remedy: /all parts of a call must be of one system/,
  }),
  row({
    name: 'a simulated encode armed at a reader that never encodes',
    on: (system) => assigns(system) && system.can.hasEncoders,
    when: ({ ground, system }) =>
      ground.post('/acs/encoders/simulate/next_credential_encode_will_fail', { acs_encoder_id: encoderOf(system) }),
    then: invalid('acs_encoder_id'),
    fault: 'does not encode cards',
    remedy: /next_credential_scan/,
  }),

  // Assigning ----------------------------------------------------------------------------------------------------------
  row({
    name: 'a card number that the system does not know',
    on: assigns,
    given: (context: Context) => waitingCard(context),
    when: ({ ground, method }) =>
      ground.post('/access_methods/assign_card', {
        access_method_id: method['access_method_id'],
        card_number: '99999999',
      }),
    then: { at: 'attempt', type: 'credential_not_found' },
    fault: 'No registered card with this number is free',
    remedy: /Check the number, or unassign the card/,
  }),
  row({
    name: 'a card number that somebody else has',
    on: assigns,
    given: async (context: Context) => {
      const { ground, system } = context
      const { cards } = await ground.ok('/sandbox/cards/list', { acs_system_id: system.acs_system_id })
      const card_number = (cards as Wire[])[0]?.['card_number'] as string
      const first = await waitingCard(context)
      const { action_attempt } = await ground.ok('/access_methods/assign_card', {
        access_method_id: first.method['access_method_id'] as string,
        card_number,
      })
      await ground.ended(action_attempt as Wire)
      return { ...(await waitingCard(context)), card_number }
    },
    when: ({ ground, method, card_number }) =>
      ground.post('/access_methods/assign_card', { access_method_id: method['access_method_id'], card_number }),
    then: { at: 'attempt', type: 'credential_not_found' },
    fault: 'No registered card with this number is free',
    remedy: /unassign the card first/,
  }),
  row({
    name: 'a card assigned where cards are encoded',
    on: encodes,
    given: (context: Context) => waitingCard(context),
    when: ({ ground, method }) =>
      ground.post('/access_methods/assign_card', {
        access_method_id: method['access_method_id'],
        card_number: '99999999',
      }),
    then: invalid('access_method_id'),
    fault: 'encodes its cards',
    remedy: /\/access_methods\/encode/,
  }),
  row({
    name: 'a card assigned to an access method that is no card',
    on: (system) => assigns(system) && system.can.modes.length > 1,
    given: async ({ ground, system }: Context) => {
      const mode = codeMode(system)
      const door = system.doors.find((one) => one.takes[mode]) as Door
      return { mode, method: await ground.methodOf(await ground.grant([door], [mode])) }
    },
    when: ({ ground, method }) =>
      ground.post('/access_methods/assign_card', {
        access_method_id: method['access_method_id'],
        card_number: '99999999',
      }),
    then: invalid('access_method_id'),
    fault: ({ mode }) => mode,
    remedy: /Only a card can be assigned/,
  }),
  row({
    name: 'a second card for an access method that has one',
    on: assigns,
    given: async (context: Context) => {
      const { ground, system } = context
      const made = await waitingCard(context)
      const { cards } = await ground.ok('/sandbox/cards/list', { acs_system_id: system.acs_system_id })
      const [first, second] = (cards as Wire[]).map((card) => card['card_number'] as string)
      const { action_attempt } = await ground.ok('/access_methods/assign_card', {
        access_method_id: made.method['access_method_id'] as string,
        card_number: first,
      })
      await ground.ended(action_attempt as Wire)
      return { ...made, second }
    },
    when: ({ ground, method, second }) =>
      ground.post('/access_methods/assign_card', { access_method_id: method['access_method_id'], card_number: second }),
    then: invalid('access_method_id'),
    fault: 'A card is assigned already',
    remedy: /request another access method/,
  }),
  row({
    name: 'a card assigned from an empty pool',
    on: assigns,
    given: async (context: Context) => {
      const { ground, system } = context
      const { cards } = await ground.ok('/sandbox/cards/list', { acs_system_id: system.acs_system_id })
      const numbers = (cards as Wire[]).map((card) => card['card_number'] as string)
      for (const card_number of numbers) {
        const { method } = await waitingCard(context)
        const { action_attempt } = await ground.ok('/access_methods/assign_card', {
          access_method_id: method['access_method_id'] as string,
          card_number,
        })
        await ground.ended(action_attempt as Wire)
      }
      return { ...(await waitingCard(context)), card_number: numbers[0] }
    },
    when: ({ ground, method, card_number }) =>
      ground.post('/access_methods/assign_card', { access_method_id: method['access_method_id'], card_number }),
    then: { at: 'attempt', type: 'credential_not_found' },
    fault: 'No card is left in the pool',
    remedy: /Register further cards/,
  }),
  row({
    name: 'a card scanned to be assigned at a system that encodes',
    on: encodes,
    given: async ({ ground, system }: Context) => ({ user: await ground.user(system) }),
    when: ({ ground, system, user }) =>
      ground.post('/acs/encoders/scan_to_assign_credential', {
        acs_encoder_id: encoderOf(system),
        acs_user_id: user['acs_user_id'],
      }),
    then: invalid('acs_encoder_id'),
    fault: 'does not assign registered cards',
    remedy: /create a card credential and encode it/,
  }),
]
