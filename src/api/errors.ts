/**
 * Errors of the caller, as they go over the wire: `type`, `message`, `data`, and for invalid input the
 * `validation_errors` that the SDKs parse (core.md 1.4, 1.5). Made by the factories here, rendered in failure.ts and sent in http.ts.
 */

/** zod's `error.format()` shape: messages under `_errors`, fields nested. */
export interface ValidationErrors {
  _errors: string[]
  [field: string]: ValidationErrors | string[]
}

export class ApiError extends Error {
  override name = 'ApiError'
  readonly status: number
  readonly type: string
  readonly data: Record<string, unknown> | undefined
  readonly validationErrors: ValidationErrors | undefined
  /** Further fields of the error object, e.g. `title` for reservation rules. */
  readonly extra: Record<string, unknown> | undefined
  /** After how many milliseconds it is worth trying again, where that is known. */
  readonly retryAfterMs: number | undefined

  constructor(
    status: number,
    type: string,
    message: string,
    more: {
      data?: Record<string, unknown>
      validationErrors?: ValidationErrors
      extra?: Record<string, unknown>
      retryAfterMs?: number
    } = {},
  ) {
    super(message)
    this.status = status
    this.type = type
    this.data = more.data
    this.validationErrors = more.validationErrors
    this.extra = more.extra
    this.retryAfterMs = more.retryAfterMs
  }
}

/** One thing wrong with the input: where (path of keys; empty = the whole) and what. */
export interface InputIssue {
  path: string[]
  message: string
}

/** Where a caller finds the ids there are, and what else can be wrong. */
const LISTS: Record<string, string> = {
  access_grant: '/access_grants/list',
  access_method: '/access_methods/list',
  acs_access_group: '/acs/access_groups/list',
  acs_credential: '/acs/credentials/list',
  acs_encoder: '/acs/encoders/list',
  acs_entrance: '/acs/entrances/list',
  acs_system: '/acs/systems/list',
  acs_user: '/acs/users/list',
  action_attempt: '/action_attempts/list',
  action_attempts: '/action_attempts/list',
  bridge: '/bridges/list',
  card: '/sandbox/cards/list',
  client_session: '/client_sessions/list',
  connect_webview: '/connect_webviews/list',
  connected_account: '/connected_accounts/list',
  event: '/events/list',
  phone: '/phones/list',
  space: '/spaces/list',
  user_identity: '/user_identities/list',
  webhook: '/webhooks/list',
  workspace: '/workspaces/list',
}

const REMEDIES: Record<string, string> = {
  customization_profile: 'Customization profiles are not served by this version: leave it out.',
  device:
    '/devices/list shows those there are: doors of access systems. Grants and spaces name these by their acs_entrance_ids, see /acs/entrances/list; phones are in /phones/list.',
  instant_key:
    'It may have been deleted or mistyped: make a new link with /user_identities/generate_instant_key, or ask whoever sent it.',
}

function lookUp(resource: string): string {
  const list = LISTS[resource]
  return `It may have been deleted, or be of another workspace${list === undefined ? ': check it.' : `: ${list} shows those there are.`}`
}

function withArticle(resource: string): string {
  return `${/^[aeio]/.test(resource) ? 'an' : 'a'} ${resource}`
}

/** Without a prototype: callers may name a field `constructor` or `__proto__`. */
function branch(): ValidationErrors {
  return Object.assign(Object.create(null) as ValidationErrors, { _errors: [] })
}

export const errors = {
  /** 400 `invalid_input` for one or more issues, worded as the SDKs expect (core.md 1.4). */
  invalidInput(...issues: InputIssue[]): ApiError {
    const tree = branch()
    for (const issue of issues) {
      let node = tree
      for (const key of issue.path) {
        const child = node[key]
        const next: ValidationErrors = child === undefined || Array.isArray(child) ? branch() : child
        node[key] = next
        node = next
      }
      node._errors.push(issue.message)
    }
    const texts = issues.map((issue) => {
      if (issue.path.length === 0) return issue.message
      const path = issue.path.join('.')
      return issue.message === 'Required' ? `${path} is required` : `${issue.message} for "${path}"`
    })
    const message = texts.length === 1 ? (texts[0] ?? '') : `${texts.length} Input Errors: ${texts.join(', ')}`
    return new ApiError(400, 'invalid_input', message, { validationErrors: tree })
  },

  /** 400 `invalid_input` on one field. */
  invalidField(field: string, message: string): ApiError {
    return errors.invalidInput({ path: field.split('.'), message })
  },

  /**
   * 404 `<resource>_not_found`; `data` carries what was looked for. A resource of another workspace is not found either.
   * `found`: what the given id is the id of instead, where that is known.
   */
  notFound(resource: string, data: Record<string, unknown>, found?: string): ApiError {
    const name = resource.replaceAll('_', ' ')
    const title = `${name.charAt(0).toUpperCase()}${name.slice(1)} not found`
    const given = Object.keys(data).filter((key) => data[key] !== undefined && data[key] !== null)
    const message =
      found === undefined
        ? `${title}${given.length === 0 ? '' : `: nothing in this workspace has this ${given.join(' and ')}`}. ${REMEDIES[resource] ?? lookUp(resource)}`
        : `${title}: the given ${given[0] ?? 'id'} is that of ${withArticle(found)}. Please send the id of ${withArticle(resource)}.`
    return new ApiError(404, `${resource}_not_found`, message, { data })
  },

  /** 404 as if it were gone: it is still shown until its access systems have confirmed it, and cannot be changed any more. */
  beingDeleted(resource: string, data: Record<string, unknown>): ApiError {
    const name = resource.replaceAll('_', ' ')
    return new ApiError(
      404,
      `${resource}_not_found`,
      `This ${name} is being deleted: it can be read until its access systems have confirmed it, but not be changed or used. Make another one.`,
      { data },
    )
  },

  alreadyExists(thing: string, message: string, data: Record<string, unknown>): ApiError {
    return new ApiError(409, `${thing}_already_exists`, message, { data })
  },

  unauthorized(message = 'Unauthorized', type = 'unauthorized'): ApiError {
    return new ApiError(401, type, message)
  },

  forbidden(message: string): ApiError {
    return new ApiError(403, 'forbidden', message)
  },

  badRequest(type: string, message: string, data?: Record<string, unknown>): ApiError {
    return new ApiError(400, type, message, data === undefined ? {} : { data })
  },

  conflict(message: string, data: Record<string, unknown>, extra?: Record<string, unknown>): ApiError {
    return new ApiError(409, 'conflict', message, extra === undefined ? { data } : { data, extra })
  },

  notSandbox(): ApiError {
    return new ApiError(
      400,
      'workspace_not_sandbox',
      'This operation exists in sandbox workspaces only. Use a sandbox API key.',
    )
  },

  /** Documented upstream, not served yet (coverage.md lists them all). */
  notImplemented(path: string): ApiError {
    return new ApiError(
      501,
      'not_implemented',
      `${path} is documented but not served by this version of Lockstitch yet.`,
      { data: { operation: path } },
    )
  },

  /** Outside what Lockstitch is for: thermostats and noise sensors (design.md section 6). */
  notSupported(path: string): ApiError {
    return new ApiError(
      501,
      'not_supported',
      `${path} is not supported: Lockstitch gives access to doors; thermostats and noise sensors are outside its scope.`,
      {
        data: { operation: path },
      },
    )
  },
}
