/** The words of failures at an encoder: aliases, and those that the simulate operations arm (access-systems.md 7.4). */
import type { AttemptEnd } from './attempt.ts'

/** `no_credential_on_encoder` in the published models, `no_card_on_encoder` in the documents: each is the other's alias. */
const ALIAS: Record<string, string> = {
  no_credential_on_encoder: 'no_card_on_encoder',
  no_card_on_encoder: 'no_credential_on_encoder',
}

export function withAlias(end: Extract<AttemptEnd, { status: 'error' }>): AttemptEnd {
  const alias_type = ALIAS[end.type]
  return alias_type === undefined ? end : { ...end, alias_type }
}

export const SIMULATED_MESSAGES: Record<string, string> = {
  no_credential_on_encoder: 'No card was placed on the encoder. Place a card and try again.',
  encoding_interrupted: 'The card was lifted before it was written. Keep it on the encoder and try again.',
  uncategorized_error: 'The encoder reported an error. Try again.',
  action_attempt_expired: 'No answer came from the encoder in time. Try again.',
}

/** The error types an attempt may end with, where the public API lists fewer than an encoder knows (OpenAPI, `action_attempt`). */
export const PUBLISHED_TYPES: Readonly<Record<string, readonly string[]>> = {
  SCAN_CREDENTIAL: [
    'uncategorized_error',
    'action_attempt_expired',
    'no_credential_on_encoder',
    'encoder_not_online',
    'encoder_communication_timeout',
    'bridge_disconnected',
  ],
  SCAN_TO_ASSIGN_CREDENTIAL: ['uncategorized_error', 'action_attempt_expired', 'no_credential_on_encoder'],
  ASSIGN_CREDENTIAL: ['uncategorized_error', 'action_attempt_expired', 'credential_not_found'],
}

/** What is not among the action's own errors is told in words. */
export function publishedType(actionType: string, type: string): string {
  return PUBLISHED_TYPES[actionType]?.includes(type) === false ? 'uncategorized_error' : type
}
