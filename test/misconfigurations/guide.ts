/** docs/guide/when-something-is-wrong.md, written from the catalogue and the codes. */
import { catalogue } from './catalogue.ts'
import { ANSWERS, ATTEMPTS, DOORS, ERRORS, REFUSALS, SCANS, WARNINGS, type Code } from './codes.ts'
import type { AnyRow, Shown } from './row.ts'

type Place = Shown<object>['at']

/** Families that one line of the guide stands for. */
export function familyOf(code: string): string {
  if (/.+_not_found$/.test(code) && !KNOWN_NOT_FOUND.has(code)) return '<resource>_not_found'
  if (/.+_already_exists$/.test(code) && code !== 'client_session_token_already_exists')
    return '<resource>_already_exists'
  return code
}

/** Codes that end so and mean something of their own. */
const KNOWN_NOT_FOUND = new Set([
  'client_session_not_found',
  'workspace_not_found',
  'credential_not_found',
  'acs_credential_on_seam_not_found',
])

export function codeOf(row: AnyRow): string {
  const { then } = row
  if (then.at === 'refusal' || then.at === 'attempt') return familyOf(then.type)
  return then.at === 'door' ? then.reason : then.code
}

const PLACES: { at: Place; codes: readonly Code[]; title: string; text: string[] }[] = [
  {
    at: 'refusal',
    codes: REFUSALS,
    title: 'A call is refused',
    text: [
      'The answer has a status of 400 or more and an `error` with `type`, `message` and `request_id`; `invalid_input` has `validation_errors` by parameter besides. Nothing has changed.',
    ],
  },
  {
    at: 'answer',
    codes: ANSWERS,
    title: 'A call did what it could',
    text: [
      'The answer is 200 and carries `warnings` beside the result, each with `warning_code`, `parameter` and `message`. This is Lockstitch’s own: SDKs show the result alone, so look at raw answers while you develop.',
    ],
  },
  {
    at: 'errors',
    codes: ERRORS,
    title: 'Errors on a resource',
    text: [
      'The call was right, and something else is not. `errors` stand on the resource until what they name is mended, each with `error_code`, `message` and `created_at`.',
    ],
  },
  {
    at: 'warnings',
    codes: WARNINGS,
    title: 'Warnings on a resource',
    text: [
      '`warnings` tell of what will come right by itself, or needs somebody’s hand. They go when their reason goes.',
    ],
  },
  {
    at: 'attempt',
    codes: ATTEMPTS,
    title: 'An action attempt fails',
    text: [
      'Encoding, scanning, assigning and opening from afar answer with an `action_attempt`, which ends as `success` or `error`. Nothing has changed after an error; it can be tried again.',
    ],
  },
  {
    at: 'scan',
    codes: SCANS,
    title: 'A card at the desk',
    text: ['A scan that succeeds can carry `warnings` in its result.'],
  },
  {
    at: 'door',
    codes: DOORS,
    title: 'A door of the sandbox stays shut',
    text: ['`reason` of the `door_attempt`; the same is told by the event `lock.access_denied`.'],
  },
]

/** The codes a place has, for the test that none is missing. */
export function codesAt(at: Place): Set<string> {
  return new Set(PLACES.find((place) => place.at === at)?.codes.map(({ code }) => code))
}

export function allCodes(): Set<string> {
  return new Set(PLACES.flatMap(({ codes }) => codes.map(({ code }) => code)))
}

export function guide(): string {
  const lines = [
    '# When something is wrong',
    '',
    '<!-- Written by the test run. Do not edit: UPDATE_DOCS=1 npm test -- test/misconfigurations/guide.test.ts -->',
    '',
    'Lockstitch does nothing silently into nothing: a wish that cannot come true ends in an error, a warning or an event that names the cause and what to do. This page lists every code there is, what it means, what to do, and how it comes about.',
    '',
    `Each line under "met when" is a row of the catalogue in \`test/misconfigurations\`, ${String(catalogue.length)} in all, which every test run carries out on every virtual system it can happen on.`,
    '',
    'Read the `message` first: it names the door, the mode, the field or the system. No message holds a PIN, a token or a card number. Codes never change; messages may.',
    '',
    ...PLACES.flatMap(({ at, codes, title, text }) => [
      `## ${title}`,
      '',
      ...text,
      '',
      ...codes.flatMap((one) => section(one, at)),
    ]),
    '## Where to look',
    '',
    '| You know | Look at |',
    '|---|---|',
    '| the person | `/access_grants/list` with `user_identity_id`, then `errors` and `warnings` of each grant |',
    '| the door | `/acs/entrances/get`, then `/acs/systems/get` for its system |',
    '| the card | `/acs/encoders/scan_credential`: what is on it beside what should be |',
    '| the moment | `/events/list` with `between` |',
    '| the call | its `request_id`, in the log of the server |',
    '| the webhook | `/webhooks/get`: its `warnings` |',
    '',
  ]
  return lines.join('\n')
}

function section(one: Code & { status?: number }, at: Place): string[] {
  const rows = catalogue.filter((row) => row.then.at === at && codeOf(row) === one.code)
  const status = one.status === undefined ? '' : ` (${String(one.status)})`
  return [
    `### \`${one.code}\`${status}`,
    '',
    ...(one.on === undefined ? [] : [`On: ${one.on}.`, '']),
    one.means,
    '',
    `**What to do:** ${one.todo}`,
    '',
    ...(rows.length === 0 ? [] : ['Met when:', '', ...rows.map(({ name }) => `- ${name}`), '']),
  ]
}
