/** A system's page in docs/systems: written from its definition, its support sheet and its virtual building. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CredentialMode, SystemDefinition } from '../../src/systems/kit/definition.ts'
import type { AccessSystemDriver, ReportedState } from '../../src/systems/kit/driver.ts'
import { TestSystem } from '../../src/systems/kit/testing.ts'

const systems = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'src', 'systems')

/** `support.json`: what the driver does of each rule, and sentences for the operator. */
export interface SupportSheet {
  notes: string[]
  rules: Record<string, { status: 'done' | 'todo' | 'exempt'; reason?: string }>
}

export function folderOf(definition: SystemDefinition): string {
  return definition.provider.replaceAll('_', '-')
}

export function supportOf(definition: SystemDefinition): SupportSheet {
  const text = readFileSync(join(systems, folderOf(definition), 'support.json'), 'utf8')
  const { notes, ...rules } = JSON.parse(text) as { notes?: string[] } & SupportSheet['rules']
  return { notes: notes ?? [], rules: rules }
}

const MODES: Record<CredentialMode, string> = {
  card: 'Key card',
  code: 'PIN',
  mobile_key: 'Mobile key',
  cloud_key: 'Cloud key',
}

function issuing(mode: CredentialMode, definition: SystemDefinition): string {
  const { card, pin, credentialManagers, maxEntrances, onePerUser } = definition
  const facts: string[] = []
  if (mode === 'card') {
    facts.push(
      card === 'encode'
        ? 'written by an encoder (`/access_methods/encode`)'
        : 'a card the system knows is assigned by its number (`/access_methods/assign_card`)',
    )
  }
  if (mode === 'code' && pin !== undefined) {
    const range =
      pin.maxValue === undefined
        ? pin.minLength === pin.maxLength
          ? `${pin.minLength} digits`
          : `${pin.minLength} to ${pin.maxLength} digits`
        : `1 to ${pin.maxValue}`
    facts.push(
      pin.maker === 'caller' ? `yours if you wish, ${range}` : `made by the system, ${range}; a wished one is refused`,
    )
  }
  if (mode === 'mobile_key') {
    facts.push(
      credentialManagers === undefined
        ? 'at once'
        : `at once, carried to phones by a credential manager (${credentialManagers.map((one) => `\`${one}\``).join(' or ')})`,
    )
  }
  if (mode === 'cloud_key') facts.push('at once; opens doors through `/access_methods/unlock_door`')
  if (onePerUser.includes(mode)) facts.push('one per person')
  const most = maxEntrances?.[mode]
  if (most !== undefined) facts.push(most === 1 ? 'one door each' : `${most} doors each`)
  return facts.join('; ')
}

function where(definition: SystemDefinition): string {
  if (definition.isCredentialManager === true)
    return 'A credential manager: it has no doors of its own and carries the mobile keys of other systems to phones.'
  const from =
    definition.family === 'credential'
      ? 'Doors and times stand on the credential itself.'
      : definition.hasDoorsOnCredentials === true
        ? "Access groups give doors to people; a guest's credential carries its doors itself."
        : 'Doors come from access groups that a person is in.'
  return definition.groupsHaveNoTimes === true
    ? `${from} Groups have no times: a person is put into one when the grant begins and taken out when it ends.`
    : from
}

function stays(definition: SystemDefinition): string | null {
  if (!definition.hasStays) return null
  const rule = definition.isReservationRequired
    ? 'Guest credentials need a `reservation_key`.'
    : 'A `reservation_key` joins the credentials of one stay; it is not demanded.'
  return `Cards carry a stay: the first use of a newer stay's card ends the older ones at that door, the cards of one stay live side by side. ${rule}`
}

/** The page, as Markdown. */
export async function systemPage(driver: AccessSystemDriver): Promise<string> {
  const { definition } = driver
  const support = supportOf(definition)
  await using system = await TestSystem.of(driver)
  const state = await system.connection.readState(system.signal)
  const lines = [
    `# ${definition.display_name}`,
    '',
    `<!-- Written from src/systems/${folderOf(definition)} by the test run. Do not edit: UPDATE_DOCS=1 npm test -- test/catalogue -->`,
    '',
    `Provider \`${definition.provider}\`, \`external_type\` \`${definition.system_type}\`. ${where(definition)}`,
    '',
    driver.serveVirtual === undefined
      ? "Sandbox only for now: the virtual system behaves as documented, and no driver speaks its maker's own protocol yet."
      : "Sandbox and production: one driver speaks the maker's own protocol, to a virtual system in the sandbox and to the maker's server in production. **Not yet tried on the maker's hardware.**",
    '',
  ]
  if (definition.isCredentialManager !== true) {
    lines.push('## Ways to open a door', '')
    if (definition.modes.length === 0)
      lines.push('None is documented: users and groups are kept, credentials are not.', '')
    else {
      lines.push('| Mode | How it is issued |', '|---|---|')
      for (const mode of definition.modes) lines.push(`| ${MODES[mode]} (\`${mode}\`) | ${issuing(mode, definition)} |`)
      lines.push('')
    }
    const missing = (Object.keys(MODES) as CredentialMode[]).filter((mode) => !definition.modes.includes(mode))
    if (missing.length > 0) {
      const names = missing.map((mode) => `\`${mode}\``).join(', ')
      lines.push(
        `A grant that asks for ${names} on its doors alone gets the error \`cannot_create_requested_access_methods\` and the event of that name.`,
        '',
      )
    }
  }
  const stay = stays(definition)
  if (stay !== null) lines.push('## Stays', '', stay, '')
  if (definition.hasUserSchedule) lines.push('Users have a schedule of their own (`access_schedule`).', '')
  lines.push('## To connect it', '', ...connecting(definition), '')
  if (support.notes.length > 0) lines.push('## Good to know', '', ...support.notes.map((note) => `- ${note}`), '')
  lines.push('## What the driver does', '', '| Rule | Status | Why |', '|---|---|---|')
  for (const [rule, { status, reason }] of Object.entries(support.rules))
    lines.push(`| ${rule.replaceAll('_', ' ')} | ${status} | ${reason ?? ''} |`)
  lines.push('', ...sandbox(definition, state), '## Sources', '', ...definition.sources.map((one) => `- ${one}`), '')
  return lines.join('\n')
}

function connecting(definition: SystemDefinition): string[] {
  if (definition.setup.length === 0) return ['Nothing is asked for.']
  return [
    '| Field | What it is | In the sandbox |',
    '|---|---|---|',
    ...definition.setup.map((field) => {
      const { when, choices } = field
      const any =
        choices === undefined ? `any, such as \`${field.example}\`` : choices.map((one) => `\`${one}\``).join(' or ')
      const value = field.sandboxValue === undefined ? any : `\`${field.sandboxValue}\``
      const where = when === undefined ? undefined : `where \`${when.field}\` is \`${when.is}\``
      const what = [field.label, field.help, where, field.isRequired ? undefined : 'optional']
        .filter(Boolean)
        .join('; ')
      return `| \`${field.name}\` | ${what} | ${value} |`
    }),
  ]
}

function sandbox(definition: SystemDefinition, state: ReportedState): string[] {
  if (state.entrances.length === 0) return []
  const modes = Object.keys(MODES) as CredentialMode[]
  const lines = ['## In the sandbox', '', '| Door | Opens with | Guest door |', '|---|---|---|']
  for (const door of state.entrances) {
    const takes = modes.filter((mode) => door.can_unlock_with[mode]).map((mode) => `\`${mode}\``)
    lines.push(`| ${door.display_name} | ${takes.join(', ') || '-'} | ${door.can_belong_to_reservation ? 'yes' : ''} |`)
  }
  const names = (list: readonly { name?: string; display_name?: string }[]): string =>
    list.map((one) => one.name ?? one.display_name ?? '').join(', ')
  lines.push('')
  if (state.groups.length > 0) lines.push(`Groups: ${names(state.groups)}.`, '')
  if (state.encoders.length > 0)
    lines.push(`${definition.card === 'assign' ? 'Readers' : 'Encoders'}: ${names(state.encoders)}.`, '')
  const pool = state.credentials.filter((one) => one.user_id === null && one.card_number !== null)
  if (pool.length > 0)
    lines.push(`Registered cards that nobody holds: ${pool.map((one) => one.card_number).join(', ')}.`, '')
  return lines
}
