/** Every answer of a documented operation fits the published description, or the test fails where it was made. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

const generated = join(import.meta.dirname, '../../contract/generated')
const responses = JSON.parse(readFileSync(join(generated, 'responses.json'), 'utf8')) as {
  $defs: Record<string, object>
  paths: Record<string, object>
}
const ajv = new Ajv2020({ strict: false, allErrors: false })
ajv.addFormat('uuid', /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
ajv.addFormat('date-time', /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)
ajv.addFormat('uri', (text: string) => URL.canParse(text))
ajv.addFormat('email', /^(\S+@\S+|\[email protected\])$/)
const compiled = new Map<string, ValidateFunction>()

const AKILES = {
  akiles_organization: 'kisi_organization',
  akiles_member_group: 'kisi_access_group',
  akiles_credential: 'kisi_credential',
}

/**
 * Where the documents win over the description (core.md section 14, rows 6, 8, 9; access-systems.md section 2 for the
 * warning): what the description would say instead.
 */
const DECIDED: Record<string, Record<string, string>> = {
  action_type: { ENCODE_ACCESS_METHOD: 'ENCODE_CREDENTIAL' },
  type: { no_card_on_encoder: 'no_credential_on_encoder' },
  // Akiles as an access system: the newest official SDKs know its names, the pinned description does not yet.
  external_type: AKILES,
  system_type: AKILES,
  access_group_type: AKILES,
  event_type: {
    'access_method.card_assignment_required': 'access_method.card_encoding_required',
    // Of ours alone.
    'webhook.disabled': 'connect_webview.login_failed',
  },
  warning_code: { unknown_issue_with_acs_system: 'setup_required' },
}

/** Paths that a test run has seen answered with 200. */
export const answered = new Set<string>()

/** @throws Error naming the path and the first field that does not fit. */
export function checkAnswer(path: string, body: Record<string, unknown>): void {
  answered.add(path)
  const schema = responses.paths[path]
  if (schema === undefined) return
  // What the server sends is what JSON makes of it.
  const sent: unknown = JSON.parse(JSON.stringify(body), (key, value: unknown) =>
    typeof value === 'string' ? (DECIDED[key]?.[value] ?? value) : ofWebhook(value),
  )
  let validate = compiled.get(path)
  if (validate === undefined) {
    validate = ajv.compile({ ...schema, $defs: responses.$defs })
    compiled.set(path, validate)
  }
  if (validate(sent)) return
  const [error] = validate.errors ?? []
  const place = (error?.instancePath ?? '').split('/').slice(1)
  const kinds = place
    .map((_, i) => place.slice(0, i + 1).reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], sent))
    .map((value) => {
      const { event_type, action_type } = (value ?? {}) as Record<string, unknown>
      return event_type ?? action_type
    })
  const kind = kinds.filter((one) => typeof one === 'string').join(' ')
  throw new Error(
    `the answer of ${path} does not fit the contract: ${kind} ${error?.instancePath ?? ''} ${error?.message ?? ''} ${JSON.stringify(error?.params)}`,
  )
}

/** An event about a webhook as one that the description knows. */
function ofWebhook(value: unknown): unknown {
  const { event_type, webhook_id } = (value ?? {}) as Record<string, unknown>
  if (event_type !== 'connect_webview.login_failed' || webhook_id === undefined) return value
  return { ...(value as object), connect_webview_id: webhook_id }
}
