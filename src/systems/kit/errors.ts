/** The building's faults. Each says whether a retry can help, and keeps the system's own answer as `cause`. */

export type SystemErrorKind =
  | 'unreachable' // the system does not answer: try again later
  | 'in_doubt' // the answer was lost after the request left: the effect may have happened; read before asking again
  | 'unauthorized' // the login is refused: the operator must act
  | 'rejected' // the system refuses this change as it is
  | 'conflict' // it clashes with what the system holds
  | 'not_found' // what it is about is not there (any more)
  | 'unsupported'
  | 'rate_limited'
  | 'busy'

const RETRYABLE: ReadonlySet<SystemErrorKind> = new Set(['unreachable', 'in_doubt', 'rate_limited', 'busy'])

export class SystemError extends Error {
  override name = 'SystemError'
  readonly kind: SystemErrorKind
  /** The wire's error code where there is one, e.g. `salto_ks_subscription_limit_exceeded`. */
  readonly code: string | undefined

  /** `message` tells the operator what to do next; never a PIN, key, token or card number. */
  constructor(kind: SystemErrorKind, message: string, options: { code?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.kind = kind
    this.code = options.code
  }

  get isRetryable(): boolean {
    return RETRYABLE.has(this.kind)
  }
}

/** Why an action at an encoder failed, in the wire's words (access-systems.md 7.1, 7.3). */
export type EncoderErrorCode =
  | 'no_credential_on_encoder'
  | 'incompatible_card_format'
  | 'credential_cannot_be_reissued'
  | 'encoder_not_online'
  | 'encoder_communication_timeout'
  | 'bridge_disconnected'
  | 'encoding_interrupted'
  | 'credential_deleted'
  | 'credential_not_found'
  | 'uncategorized_error'
  | 'action_attempt_expired'

/** An action a person does at an encoder or card pool came to a named end; it is not tried again by itself. */
export class EncoderError extends Error {
  override name = 'EncoderError'
  readonly code: EncoderErrorCode
  constructor(code: EncoderErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.code = code
  }
}
