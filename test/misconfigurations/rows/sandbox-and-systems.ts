/** The sandbox's own controls, production workspaces, and systems that are away, full or refuse. */
import type { Door, Mode, System, Wire } from '../ground.ts'
import { assigns, encodes, invalid, notFound, NOTHING, opens, refused, row, type AnyRow, type Context } from '../row.ts'

/** What is issued without anybody's hand. */
const byItself = (system: System): Mode | undefined => system.can.modes.find((mode) => mode !== 'card')
const issuesByItself = (system: System): boolean => byItself(system) !== undefined
const isSaltoKs = (system: System): boolean => system.external_type === 'salto_ks_site'

async function inProduction({ ground }: Context) {
  const { body } = await ground.postAs(ground.server.personalAccessToken, '/workspaces/create', { name: 'Real hotel' })
  const headers = { 'seam-workspace': body['workspace'].workspace_id as string }
  return {
    call: (path: string, params: object) => ground.postAs(ground.server.personalAccessToken, path, params, headers),
  }
}

async function away(context: Context) {
  const { ground, system } = context
  const mode = byItself(system) as Mode
  await ground.fault(system, 'offline')
  const doors = system.doors.filter((door) => door.takes[mode])
  const starts_at = await ground.inHours(2)
  const { access_grant } = await ground.ok('/access_grants/create', ground.grantParams(doors, [mode], { starts_at }))
  // Tried often enough that what is wrong has been noted.
  await ground.post('/sandbox/clock/advance', { seconds: 60 })
  return { access_grant_id: access_grant.access_grant_id as string, starts_at }
}

const methodNow = async ({ ground, access_grant_id }: { ground: Context['ground']; access_grant_id: string }) =>
  ((await ground.ok('/access_methods/list', { access_grant_id }))['access_methods'] as Wire[])[0] as Wire

export const sandboxAndSystems: AnyRow[] = [
  // Production ---------------------------------------------------------------------------------------------------------
  row({
    name: 'a sandbox control in a production workspace',
    given: inProduction,
    when: ({ call }) => call('/sandbox/clock/freeze', {}),
    then: refused(400, 'workspace_not_sandbox'),
    fault: 'sandbox workspaces only',
    remedy: /Use a sandbox API key/,
  }),
  row({
    name: 'a simulated phone in a production workspace',
    given: inProduction,
    when: ({ call }) => call('/phones/simulate/create_sandbox_phone', { user_identity_id: NOTHING }),
    then: refused(400, 'workspace_not_sandbox'),
    fault: 'sandbox workspaces only',
    remedy: /Use a sandbox API key/,
  }),
  row({
    name: 'a simulated encode in a production workspace',
    given: inProduction,
    when: ({ call }) => call('/acs/encoders/simulate/next_credential_encode_will_fail', { acs_encoder_id: NOTHING }),
    then: refused(400, 'workspace_not_sandbox'),
    fault: 'sandbox workspaces only',
    remedy: /Use a sandbox API key/,
  }),
  row({
    name: 'a reset of a production workspace',
    given: inProduction,
    when: ({ call }) => call('/workspaces/reset_sandbox', {}),
    then: refused(400, 'workspace_not_sandbox'),
    fault: 'sandbox workspaces only',
    remedy: /Use a sandbox API key/,
  }),
  row({
    name: 'a system connected in production that exists in sandboxes alone',
    given: inProduction,
    when: ({ call }) => call('/connected_accounts/connect', { provider: 'salto_ks', login: SALTO_KS_LOGIN }),
    then: invalid('provider'),
    fault: 'Salto KS',
    remedy: /sandbox/,
  }),
  row({
    name: 'a system connected with the wrong password',
    on: isSaltoKs,
    when: ({ ground }) =>
      ground.post('/connected_accounts/connect', {
        provider: 'salto_ks',
        login: { ...SALTO_KS_LOGIN, password: 'a wrong one' },
      }),
    then: refused(400, 'login_refused'),
    fault: /login|password/i,
    remedy: /Check|check|password/,
  }),
  row({
    name: 'a system connected without its password',
    on: isSaltoKs,
    when: ({ ground }) =>
      ground.post('/connected_accounts/connect', {
        provider: 'salto_ks',
        login: { ...SALTO_KS_LOGIN, password: undefined },
      }),
    then: invalid('login.password'),
    fault: 'login.password',
    remedy: /required|Fill in/i,
  }),
  row({
    name: 'a login with a misspelt field',
    on: isSaltoKs,
    when: ({ ground }) =>
      ground.post('/connected_accounts/connect', {
        provider: 'salto_ks',
        login: { ...SALTO_KS_LOGIN, passwrod: '1234' },
      }),
    then: invalid('login.passwrod'),
    fault: 'login.passwrod',
    remedy: /email, password, site_name/,
  }),
  row({
    name: 'a provider that does not exist',
    when: ({ ground }) => ground.post('/connected_accounts/connect', { provider: 'saltoks', login: {} }),
    then: invalid('provider'),
    fault: 'provider',
    remedy: /there are .*salto_ks/,
  }),

  // The sandbox --------------------------------------------------------------------------------------------------------
  row({
    name: 'a clock set back',
    when: ({ ground }) => ground.post('/sandbox/clock/advance', { to: '2020-01-01T00:00:00Z' }),
    then: invalid('to'),
    fault: 'does not run backwards',
    remedy: /Freeze it at an earlier time instead/,
  }),
  row({
    name: 'a clock moved both to a time and by seconds',
    when: ({ ground }) => ground.post('/sandbox/clock/advance', { to: '2027-01-01T00:00:00Z', seconds: 60 }),
    then: invalid(),
    fault: ['`to`', '`seconds`'],
    remedy: /exactly one/,
  }),
  row({
    name: 'a card format that no encoder knows',
    on: encodes,
    when: ({ ground, system }) =>
      ground.post('/sandbox/encoders/place_card', {
        acs_encoder_id: system.encoders[0]?.acs_encoder_id,
        card_format: 'punched',
      }),
    then: invalid('card_format'),
    fault: 'punched',
    remedy: /Expected one of/,
  }),
  row({
    name: 'a card shown to a door that nobody has',
    on: (system) => system.doors.length > 0,
    when: ({ ground, system }) =>
      ground.post('/sandbox/doors/present_card', {
        acs_entrance_id: system.doors[0]?.acs_entrance_id,
        card_number: '5550001234',
      }),
    then: notFound('card'),
    fault: 'card_number',
    remedy: /\/sandbox\/cards\/list/,
  }),
  row({
    name: 'a blank card shown to a door',
    on: encodes,
    given: async ({ ground, system }: Context) => {
      const door = system.doors.find((one) => one.takes.card) as Door
      const encoded = await ground.encoded(await ground.grant([door], ['card']), system)
      const { card_format } = await ground.cardOf(encoded)
      return { door, card: await ground.placeBlank(system, card_format as string) }
    },
    when: ({ ground, door, card }) =>
      ground.post('/sandbox/doors/present_card', { acs_entrance_id: door.acs_entrance_id, card_id: card['card_id'] }),
    then: { at: 'door', reason: 'blank_card' },
    fault: 'blank',
    remedy: /Encode it first/,
  }),
  row({
    name: 'a card shown to a door it was not made for',
    on: (system) => encodes(system) && system.doors.filter((door) => door.can_belong_to_reservation).length > 1,
    given: async ({ ground, system }: Context) => {
      const [one, two] = system.doors.filter((door) => door.can_belong_to_reservation) as [Door, Door]
      const encoded = await ground.encoded(await ground.grant([one], ['card']), system)
      return { two, card: await ground.cardOf(encoded) }
    },
    when: ({ ground, two, card }) =>
      ground.post('/sandbox/doors/present_card', { acs_entrance_id: two.acs_entrance_id, card_id: card['card_id'] }),
    then: { at: 'door', reason: 'no_access_to_entrance' },
    fault: 'does not open this door',
    remedy: /Add the door to its grant/,
  }),
  row({
    name: 'a card shown to a door before its time',
    on: encodes,
    given: async ({ ground, system }: Context) => {
      const door = system.doors.find((one) => one.takes.card) as Door
      const grant = await ground.grant([door], ['card'], { starts_at: await ground.inHours(24) })
      return { door, card: await ground.cardOf(await ground.encoded(grant, system)) }
    },
    when: ({ ground, door, card }) =>
      ground.post('/sandbox/doors/present_card', { acs_entrance_id: door.acs_entrance_id, card_id: card['card_id'] }),
    then: { at: 'door', reason: 'not_yet_valid' },
    fault: 'has not started yet',
    remedy: /see starts_at/,
  }),
  row({
    name: 'a card shown to a door after its time',
    on: encodes,
    given: async ({ ground, system }: Context) => {
      const door = system.doors.find((one) => one.takes.card && one.can_belong_to_reservation) as Door
      const grant = await ground.grant([door], ['card'], { ends_at: await ground.inHours(1) })
      const card = await ground.cardOf(await ground.encoded(grant, system))
      await ground.later(7200)
      return { door, card }
    },
    when: ({ ground, door, card }) =>
      ground.post('/sandbox/doors/present_card', { acs_entrance_id: door.acs_entrance_id, card_id: card['card_id'] }),
    then: { at: 'door', reason: 'expired' },
    fault: 'is over',
    remedy: /Move its end/,
  }),
  row({
    name: 'a PIN that a door does not know',
    on: (system) => system.can.pin !== null,
    when: ({ ground, system }) =>
      ground.post('/sandbox/doors/enter_code', {
        acs_entrance_id: system.doors.find((door) => door.takes.code)?.acs_entrance_id,
        code: '9081726',
      }),
    then: { at: 'door', reason: 'unknown_credential' },
    fault: 'does not know this credential',
    remedy: /Grant access to this door/,
  }),
  row({
    name: 'a fault set on the encoder of another system',
    on: encodes,
    when: ({ ground, system }) =>
      ground.post('/sandbox/systems/set_fault', {
        acs_system_id: ground.system((one) => one.acs_system_id !== system.acs_system_id).acs_system_id,
        fault: 'offline',
        acs_encoder_id: system.encoders[0]?.acs_encoder_id,
      }),
    then: invalid('acs_encoder_id'),
    fault: 'another access system',
    remedy: /\/acs\/encoders\/list/,
  }),
  row({
    name: 'a fault that does not exist',
    when: ({ ground, system }) =>
      ground.post('/sandbox/systems/set_fault', { acs_system_id: system.acs_system_id, fault: 'on_fire' }),
    then: invalid('fault'),
    fault: '"fault"',
    remedy: /Expected 'none' \| 'offline'/,
  }),

  // Systems that are away, full or refuse ------------------------------------------------------------------------------
  row({
    name: 'a system that is offline shortly before the access starts',
    on: issuesByItself,
    given: away,
    when: ({ ground, starts_at }) =>
      ground.post('/sandbox/clock/advance', { to: new Date(Date.parse(starts_at) - 10 * 60_000).toISOString() }),
    isStuck: true,
    then: {
      at: 'warnings',
      code: 'delay_in_issuing',
      of: methodNow,
      event: { type: 'access_method.delay_in_issuing', about: ({ access_grant_id }) => ({ access_grant_id }) },
    },
    fault: [/starts soon|starts at/, ({ system }) => system.brand],
    remedy: /Check|check|by itself/,
  }),
  row({
    name: 'a system that is offline when the access starts',
    on: issuesByItself,
    given: away,
    when: ({ ground, starts_at }) =>
      ground.post('/sandbox/clock/advance', { to: new Date(Date.parse(starts_at) + 60_000).toISOString() }),
    isStuck: true,
    then: {
      at: 'errors',
      code: 'failed_to_issue',
      of: methodNow,
      event: { type: 'access_method.failed_to_issue', about: ({ access_grant_id }) => ({ access_grant_id }) },
    },
    fault: ['was not issued by its start', ({ system }) => system.brand],
    remedy: /Check|check|by itself/,
  }),
  row({
    name: 'a system that is offline',
    on: opens,
    given: async (context: Context) => {
      await context.ground.fault(context.system, 'offline')
      return {}
    },
    when: async ({ ground, system }) => {
      const mode = system.can.modes[0] as Mode
      const doors = system.doors.filter((door) => door.takes[mode])
      const reply = await ground.post('/access_grants/create', ground.grantParams(doors, [mode]))
      await ground.post('/sandbox/clock/advance', { seconds: 120 })
      return reply
    },
    isStuck: true,
    then: {
      at: 'errors',
      code: 'provider_service_unavailable',
      of: async ({ ground, system }) =>
        (await ground.ok('/acs/systems/get', { acs_system_id: system.acs_system_id }))['acs_system'] as Wire,
      event: {
        type: 'acs_system.disconnected',
        about: ({ system }) => ({ acs_system_id: system.acs_system_id }),
      },
    },
    fault: /cannot be reached|does not answer/,
    remedy: /Check|check/,
  }),
  row({
    name: 'a system that refuses a person',
    on: (system) => opens(system) && system.can.hasGroups,
    given: async (context: Context) => {
      await context.ground.fault(context.system, 'refuse')
      return {}
    },
    when: async ({ ground, system }) => {
      const reply = await ground.post('/acs/users/create', {
        acs_system_id: system.acs_system_id,
        full_name: 'Refused Jane',
      })
      await ground.post('/sandbox/clock/advance', { seconds: 5 })
      return reply
    },
    isStuck: true,
    then: {
      at: 'errors',
      code: 'failed_to_create_on_acs_system',
      of: async ({ ground, reply }) =>
        (await ground.ok('/acs/users/get', { acs_user_id: reply.body['acs_user'].acs_user_id as string }))[
          'acs_user'
        ] as Wire,
    },
    fault: 'refused the request',
    remedy: /Look into its own log|Check what was sent/,
  }),
  row({
    name: 'a site whose subscriptions are all taken',
    on: isSaltoKs,
    given: async ({ ground, system }: Context) => {
      for (let i = 0; i < 20; i++)
        await ground.ok('/acs/users/create', { acs_system_id: system.acs_system_id, full_name: `Resident ${i}` })
      await ground.settle()
      return {}
    },
    when: async ({ ground, system }) => {
      const reply = await ground.post('/acs/users/create', {
        acs_system_id: system.acs_system_id,
        full_name: 'One too many',
      })
      await ground.post('/sandbox/clock/advance', { seconds: 60 })
      return reply
    },
    isStuck: true,
    then: {
      at: 'errors',
      code: 'salto_ks_subscription_limit_exceeded',
      of: async ({ ground, reply }) =>
        (await ground.ok('/acs/users/get', { acs_user_id: reply.body['acs_user'].acs_user_id as string }))[
          'acs_user'
        ] as Wire,
    },
    fault: ['subscriptions', 'Salto KS'],
    remedy: /Free one, or add subscriptions/,
  }),
  row({
    name: 'a site whose subscriptions are almost all taken',
    on: isSaltoKs,
    given: async ({ ground, system }: Context) => {
      const { acs_system } = await ground.ok('/acs/systems/get', { acs_system_id: system.acs_system_id })
      const taken = acs_system.acs_user_count as number
      for (let i = taken; i < 16; i++)
        await ground.ok('/acs/users/create', { acs_system_id: system.acs_system_id, full_name: `Resident ${i}` })
      await ground.settle()
      return {}
    },
    when: async ({ ground, system }) => {
      const reply = await ground.post('/acs/users/create', {
        acs_system_id: system.acs_system_id,
        full_name: 'Resident 17',
      })
      await ground.post('/sandbox/clock/advance', { seconds: 660 })
      return reply
    },
    isStuck: true,
    then: {
      at: 'warnings',
      code: 'salto_ks_subscription_limit_almost_reached',
      of: async ({ ground, system }) =>
        (await ground.ok('/acs/systems/get', { acs_system_id: system.acs_system_id }))['acs_system'] as Wire,
    },
    fault: ['subscriptions', /\d+ of 20/],
    remedy: /Free|add/,
  }),
  row({
    name: 'a user deleted in the software of the system',
    on: (system) => opens(system) && system.can.hasGroups,
    given: async ({ ground, system }: Context) => ({ user: await ground.userOfPerson(system) }),
    when: async ({ ground, system, user }) => {
      await ground.ok('/sandbox/systems/edit', {
        acs_system_id: system.acs_system_id,
        action: 'delete_user',
        acs_user_id: user['acs_user_id'] as string,
      })
      return ground.post('/connected_accounts/sync', { connected_account_id: system.connected_account_id })
    },
    then: {
      at: 'errors',
      code: 'deleted_externally',
      of: async ({ ground, user }) =>
        (await ground.ok('/acs/users/get', { acs_user_id: user['acs_user_id'] as string }))['acs_user'] as Wire,
    },
    fault: 'was deleted at the access system',
    remedy: /delete the user here/,
  }),
  row({
    name: 'an encoder taken away',
    // Where encoders are declared, the operator takes them away here.
    on: (system) => encodes(system) && system.external_type !== 'hotek_site',
    given: async ({ system }: Context) => {
      const { acs_encoder_id } = system.encoders[0] as { acs_encoder_id: string }
      return { acs_encoder_id }
    },
    when: async ({ ground, system, acs_encoder_id }) => {
      await ground.post('/sandbox/systems/edit', {
        acs_system_id: system.acs_system_id,
        action: 'remove_encoder',
        acs_encoder_id,
      })
      return ground.post('/connected_accounts/sync', { connected_account_id: system.connected_account_id })
    },
    then: {
      at: 'errors',
      code: 'acs_encoder_removed',
      of: async ({ ground, acs_encoder_id }) =>
        (await ground.ok('/acs/encoders/get', { acs_encoder_id }))['acs_encoder'] as Wire,
    },
    fault: 'encoder',
    remedy: /Connect|connect|another|use/i,
  }),
  row({
    name: 'a pool card scanned at a reader with nothing on it',
    on: (system) => assigns(system) && system.can.hasEncoders,
    given: async ({ ground, system }: Context) => {
      await ground.ok('/acs/encoders/simulate/next_credential_scan_will_fail', {
        acs_encoder_id: system.encoders[0]?.acs_encoder_id,
      })
      return { user: await ground.user(system) }
    },
    when: ({ ground, system, user }) =>
      ground.post('/acs/encoders/scan_to_assign_credential', {
        acs_encoder_id: system.encoders[0]?.acs_encoder_id,
        acs_user_id: user['acs_user_id'],
      }),
    then: { at: 'attempt', type: 'no_credential_on_encoder' },
    fault: 'No free card was found at the reader',
    remedy: /Hold a card to it and try again/,
  }),
]

const SALTO_KS_LOGIN = { email: 'jane@example.com', password: '1234', site_name: 'Second Site' }
